import type { Action } from '../../domain/queue.ts'
import { findElement, pageOfElements } from '../elements.ts'
import type { QueueSystem } from '../system.ts'
import { detailOf, summaryOf } from './decode.ts'
import { detect, wants } from './detect.ts'
import { isState, keyOfState, notifyKey, type StateId, stateTypes } from './keys.ts'
import { sample } from './sample.ts'

const notYet = 'Sluice cannot do this for Laravel queues yet.'
const noPause = 'Laravel pauses queues through its cache or its workers, not through the keys of the queue.'
const held = 'A worker may be running this job.'

function cannot(reasons: Partial<Record<Action, string>>): Record<Action, string> {
  return {
    retry: 'Laravel keeps failed jobs in its database, not in Redis.',
    edit: notYet,
    remove: notYet,
    purge: notYet,
    move: notYet,
    add: notYet,
    promote: 'Only delayed jobs can be promoted.',
    pause: noPause,
    resume: noPause,
    ...reasons,
  }
}

/** Laravel's own Redis queues, `queues:NAME` behind the application's prefix; see keys.ts. */
export const laravel: QueueSystem = {
  id: 'laravel',
  label: 'Laravel',
  states: [
    { id: 'ready', label: 'Ready', kind: 'waiting', cannot: cannot({}) },
    { id: 'delayed', label: 'Delayed', kind: 'delayed', cannot: cannot({ promote: notYet }) },
    {
      id: 'reserved',
      label: 'Reserved',
      kind: 'active',
      cannot: cannot({ edit: held, remove: held, purge: 'Workers may be running these jobs.', move: held }),
    },
  ],
  wants,
  detect,
  sample,
  /** 1 round trip, at most 5 KB a job. Ready from the job that runs next, delayed and reserved from the one due first. */
  async page(reader, queue, state, request) {
    if (!isState(state)) return { total: 0, offset: request.offset, jobs: [], partial: null }
    const now = Date.now()
    return pageOfElements(reader, keyOfState(queue, state), [stateTypes[state]], 'head', request, (element) =>
      summaryOf(element, state, now),
    )
  },
  /** 1 round trip; looks where the job was seen, then around there. */
  async job(reader, queue, state, ref, full) {
    if (!isState(state)) return null
    const key = keyOfState(queue, state)
    const element = await findElement(reader, key, ref, full)
    return element && detailOf(element, state, key, Date.now())
  },
  keysOf: (queue) => [
    ...(Object.keys(stateTypes) as StateId[]).map((state) => ({ key: keyOfState(queue, state), state })),
    { key: notifyKey(queue), state: 'notify' },
  ],
}
