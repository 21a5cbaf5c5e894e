import { parseArgs } from 'node:util'

export interface Flags {
  /** 0: any free port. */
  port: number
  /** Open the person's browser at the printed address. */
  open: boolean
  demo: boolean
}

/** Reads the command line of the browser shell; throws with a sentence when it is wrong. */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '0' },
      'no-open': { type: 'boolean', default: false },
      demo: { type: 'boolean', default: false },
    },
  })
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port) || port > 65_535)
    throw new Error(`--port needs a number from 0 to 65535, not "${values.port}".`)
  return { port, open: !values['no-open'], demo: values.demo }
}
