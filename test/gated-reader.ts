import type { Reader } from '../src/systems/handles.ts'

/** A Reader that stops after some round trips until it is opened: what waits for it can be looked at in between. */
export interface GatedReader extends Reader {
  open(): void
}

/** Lets `trips` pipelines of another Reader through; the next ones wait for `open`. */
export function gatedReader(inner: Reader, trips: number): GatedReader {
  let left = trips
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    open,
    call: (...command) => inner.call(...command),
    async pipeline(commands) {
      if (left-- <= 0) await opened
      return inner.pipeline(commands)
    },
  }
}
