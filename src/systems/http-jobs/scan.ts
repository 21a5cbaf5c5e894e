import { fieldInJson } from '../../domain/field-in-json.ts'
import { scalarText } from '../../domain/json-text.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Reader } from '../handles.ts'
import { digestOf } from '../shared/elements/digest.ts'
import { elementFrom } from '../shared/elements/elements.ts'
import { type Reading, scanElements } from '../shared/elements/scan.ts'
import type { ScanRequest, ScanStep } from '../system.ts'
import { due, summaryOf, time } from './decode.ts'
import { isState, keyOfState, type StateId, stateTypes } from './keys.ts'

/** 1 round trip for each MB, and 2 more; no script. From the head, so that of what ended the oldest come first. */
export async function* scan(
  reader: Reader,
  queue: QueueRef,
  state: string,
  request: ScanRequest,
): AsyncGenerator<ScanStep, void, void> {
  if (!isState(state)) return
  yield* scanElements(reader, keyOfState(queue, state), stateTypes[state], request, readingOf(state))
}

/** The members that say when a message entered its state. */
const entered: Partial<Record<StateId, string>> = {
  processing: 'started_at',
  failed: 'failed_at',
  completed: 'completed_at',
}

function readingOf(state: StateId): Reading {
  const field = entered[state]
  const now = Date.now()
  return {
    ref: ({ type, place, whole }) => `${type}:${place}:${digestOf(whole)}`,
    error: ({ whole }) =>
      scalarText(
        fieldInJson(whole, 'error') ?? fieldInJson(whole, 'error_message') ?? fieldInJson(whole, 'last_error'),
      ),
    at: ({ score, whole }) =>
      state === 'delayed' ? due(score) : field === undefined ? null : time(fieldInJson(whole, field)),
    summary: ({ type, place, whole }) => summaryOf(elementFrom(type, String(place), whole), state, now),
  }
}
