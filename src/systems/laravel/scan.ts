import type { QueueRef } from '../../domain/queue.ts'
import type { Reader } from '../handles.ts'
import { digestOf } from '../shared/elements/digest.ts'
import { elementFrom } from '../shared/elements/elements.ts'
import { scanElements } from '../shared/elements/scan.ts'
import type { ScanRequest, ScanStep } from '../system.ts'
import { summaryOf } from './decode.ts'
import { isState, keyOfState, stateTypes } from './keys.ts'

/** 1 round trip for each MB, and 2 more; no script. Ready from the job that runs next, delayed and reserved from the one due first. */
export async function* scan(
  reader: Reader,
  queue: QueueRef,
  state: string,
  request: ScanRequest,
): AsyncGenerator<ScanStep, void, void> {
  if (!isState(state)) return
  const now = Date.now()
  yield* scanElements(reader, keyOfState(queue, state), [stateTypes[state]], request, {
    ref: ({ type, place, whole }) => `${type}:${place}:${digestOf(whole)}`,
    error: () => null, // these workers keep failures in a database
    at: ({ score }) => (state === 'delayed' && score !== null ? Math.round(score * 1000) : null),
    summary: ({ type, place, whole }) => summaryOf(elementFrom(type, String(place), whole), state, now),
  })
}
