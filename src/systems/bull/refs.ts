import { isUtf8 } from 'node:buffer'
import { isStateId, type StateId } from './keys.ts'

/**
 * A job as an operator saw it: its id, the state it was in, and the stored time that changes when it leaves and comes
 * back (`timestamp` while it waits, the score while it is delayed, `processedOn` while it runs, `finishedOn` after).
 */
export interface Seen {
  readonly state: StateId
  readonly stamp: string
  readonly id: Buffer
}

/** `state:stamp:id`; an id that is not text goes as base64 behind a starred state. */
export function refOf({ state, stamp, id }: Seen): string {
  return isUtf8(id) ? `${state}:${stamp}:${id.toString('utf8')}` : `${state}*:${stamp}:${id.toString('base64')}`
}

/** The parts of a ref; null when it is none. */
export function parseRef(ref: string): Seen | null {
  const match = /^([a-z-]+)(\*?):(\d*):(.+)$/s.exec(ref)
  const [, state = '', star, stamp = '', id = ''] = match ?? []
  if (match === null || !isStateId(state)) return null
  return { state, stamp, id: Buffer.from(id, star === '*' ? 'base64' : 'utf8') }
}
