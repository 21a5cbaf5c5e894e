import { fieldInJson } from '../../domain/field-in-json.ts'
import { scalarText, timeOf } from '../../domain/json-text.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Reader } from '../handles.ts'
import { digestOf } from '../shared/elements/digest.ts'
import { type Reading, scanElements, type Walked } from '../shared/elements/scan.ts'
import type { ScanRequest, ScanStep } from '../system.ts'
import { type Element, summaryOf } from './decode.ts'
import { keyOfState } from './keys.ts'
import { rowBytes } from './page.ts'

const types: Readonly<Record<string, string>> = { active: 'set', delayed: 'zset' }

/** 1 round trip for each MB, and 2 more; no script. Waiting and dead jobs from the head, so the oldest first. */
export function scan(
  reader: Reader,
  queue: QueueRef,
  state: string,
  request: ScanRequest,
): AsyncGenerator<ScanStep, void, void> {
  return scanElements(reader, keyOfState(queue, state), [types[state] ?? 'list'], request, readingOf(state))
}

function readingOf(state: string): Reading {
  return {
    ref: ({ type, place, score, whole }) => `${score ?? (type === 'set' ? -1 : place)}:${digestOf(whole)}`,
    error: ({ whole }) => (state === 'dead' ? scalarText(fieldInJson(whole, 'error')) : null),
    at: ({ score, whole }) => timeOf(score ?? fieldInJson(whole, 'failedAt') ?? fieldInJson(whole, 'failed_at')),
    summary: (walked) => summaryOf(elementOf(walked), state),
  }
}

function elementOf({ type, place, score, whole }: Walked): Element {
  return {
    index: type === 'list' ? Number(place) : -1,
    digest: digestOf(whole),
    bytes: whole.subarray(0, rowBytes),
    whole: whole.length,
    score,
  }
}
