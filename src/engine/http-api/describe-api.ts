import { OpenAPIGenerator } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { httpApiContract } from '../../contract/http-api.ts'

/** The API as an OpenAPI 3.1 document, made from its contract. `server`: http://127.0.0.1:PORT */
export async function describeApi(server: string): Promise<object> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] })
  const described = await generator.generate(httpApiContract, {
    info: {
      title: 'Sluice',
      version: '1',
      description:
        'Live requests and queues of one Redis. Every call but /health needs the token that Sluice shows. 401: no token, or a wrong one. 429: too many calls, with Retry-After.',
    },
    servers: [{ url: server }],
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  })
  return { ...described, paths: { ...described.paths, ...plainPaths } }
}

const text = (description: string, type: string) => ({ '200': { description, content: { [type]: { schema: {} } } } })

/** What is no procedure of the contract. */
const plainPaths = {
  '/health': {
    get: {
      summary: 'Whether Redis can be reached',
      tags: ['Server'],
      security: [],
      responses: { ...text('It can', 'application/json'), '503': { description: 'It cannot, and why' } },
    },
  },
  '/metrics': {
    get: {
      summary: 'Figures for Prometheus',
      tags: ['Server'],
      responses: text('The text format of Prometheus', 'text/plain'),
    },
  },
  '/openapi.json': {
    get: { summary: 'This document', tags: ['Server'], responses: text('OpenAPI 3.1', 'application/json') },
  },
}
