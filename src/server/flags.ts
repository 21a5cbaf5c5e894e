import { parseArgs } from 'node:util'

export interface Flags {
  /** 0: any free port. */
  port: number
  /** Open the person's browser at the printed address. */
  open: boolean
  demo: boolean
  /** Port of the HTTP API; null leaves it off. */
  api: number | null
}

/** Reads the command line of the browser shell; throws with a sentence when it is wrong. */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '0' },
      'no-open': { type: 'boolean', default: false },
      demo: { type: 'boolean', default: false },
      api: { type: 'boolean', default: false },
      'api-port': { type: 'string', default: '0' },
    },
  })
  const port = portOf('port', values.port)
  const apiPort = portOf('api-port', values['api-port'])
  return { port, open: !values['no-open'], demo: values.demo, api: values.api ? apiPort : null }
}

function portOf(flag: string, text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`--${flag} needs a number from 0 to 65535, not "${text}".`)
  return port
}
