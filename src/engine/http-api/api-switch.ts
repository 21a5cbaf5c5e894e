import { SluiceError } from '../../domain/errors.ts'
import type { Connections } from '../connections/connections.ts'
import type { Operations } from '../operations/operations.ts'
import { oneAtATime } from '../profiles/one-at-a-time.ts'
import type { Sampler } from '../sampler/sampler.ts'
import { newApiToken } from './gate.ts'
import { type HttpApi, startHttpApi } from './http-api.ts'

export interface ApiStart {
  readonly connectionId: string
  /** 0: any free port. */
  readonly port: number
  /** Pages that may call, by their origin. */
  readonly origins: readonly string[]
  /** Left out, a new one is made. */
  readonly token?: string
}

export interface ApiAccess {
  readonly address: string
  readonly token: string
}

const shortestToken = 20

/**
 * How the API starts with the app: SLUICE_API_TOKEN, where it is set, is its token. Throws for one that can be guessed or
 * that no caller could send, and for what is no port.
 */
export function apiFromStart(
  port: number,
  env: Readonly<Record<string, string | undefined>>,
): { port: number; token?: string } {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error('The port of the HTTP API is a number from 0 to 65535.')
  }
  const token = env.SLUICE_API_TOKEN
  if (token === undefined || token === '') return { port }
  if (token.length < shortestToken) throw new Error(`SLUICE_API_TOKEN needs ${shortestToken} characters at least.`)
  if (!/^[!-~]+$/.test(token)) throw new Error('SLUICE_API_TOKEN takes letters, digits and signs of ASCII, no spaces.')
  return { port, token }
}

interface ApiSwitchParts {
  readonly connections: Connections
  readonly sampler: Sampler
  readonly operations: Operations
}

/** The HTTP API of this desktop, which is off until somebody starts it. One at a time. */
export class ApiSwitch {
  #on: { readonly api: HttpApi; readonly access: ApiAccess; readonly connectionId: string } | null = null

  /** A stop in the middle of a start ends what that started. */
  readonly #inTurn = oneAtATime()

  constructor(private readonly parts: ApiSwitchParts) {}

  status(): { address: string | null; token: string | null; connectionId: string | null } {
    return this.#on === null
      ? { address: null, token: null, connectionId: null }
      : { ...this.#on.access, connectionId: this.#on.connectionId }
  }

  /** Throws UNSUPPORTED while it is on, INVALID_INPUT when the port is taken or an origin is none, NOT_OPEN. */
  start(how: ApiStart): Promise<ApiAccess> {
    return this.#inTurn(() => this.#start(how))
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      const on = this.#on
      this.#on = null
      await on?.api.close()
    })
  }

  async #start({ connectionId, port, origins, token = newApiToken() }: ApiStart): Promise<ApiAccess> {
    if (this.#on !== null) throw new SluiceError('UNSUPPORTED', 'The HTTP API is on already: stop it first.')
    const { connections, sampler, operations } = this.parts
    connections.get(connectionId)
    const api = await startHttpApi({
      ...{ port, origins, token, operations },
      connection: () => connections.get(connectionId),
      queues: () => sampler.queues(connectionId),
      lastSample: () => sampler.latest(connectionId) ?? null,
    })
    this.#on = { api, access: { address: api.address, token }, connectionId }
    return this.#on.access
  }
}
