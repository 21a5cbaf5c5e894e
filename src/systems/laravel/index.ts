import type { Action } from '../../domain/queue.ts'
import { findElement, pageOfElements } from '../shared/elements/elements.ts'
import { freezeElements } from '../shared/elements/freeze.ts'
import type { QueueSystem } from '../system.ts'
import { add, duplicate, edit, template } from './add.ts'
import { detailOf, summaryOf } from './decode.ts'
import { detect, wants } from './detect.ts'
import { purge, remove } from './discard.ts'
import { isState, keyOfState, notifyKey, type StateId, stateTypes } from './keys.ts'
import { placeOf } from './place.ts'
import { move, promote, reschedule, retry, retryAll } from './run.ts'
import { sample } from './sample.ts'
import { scan } from './scan.ts'
import { fates, restore, trashKeys } from './undo.ts'

const notInRedis = 'Without Horizon, Laravel keeps failed jobs in its database, not in Redis.'
const noPause = 'Laravel pauses queues through its cache or its workers, not through the keys of the queue.'
const held = 'A worker may be running this job: put it back to work first, once its time is over.'

function cannot(reasons: Partial<Record<Action, string>>): Partial<Record<Action, string>> {
  return {
    log: 'Laravel keeps no log of a job in Redis.',
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
    {
      id: 'ready',
      label: 'Ready',
      kind: 'waiting',
      cannot: cannot({
        retry: `These jobs have yet to run. ${notInRedis}`,
        promote: 'These jobs are ready already: only delayed ones can be promoted.',
        reschedule: 'Only delayed jobs have a time.',
      }),
    },
    {
      id: 'delayed',
      label: 'Delayed',
      kind: 'delayed',
      cannot: cannot({ retry: `Promote runs a delayed job now. ${notInRedis}` }),
    },
    {
      id: 'reserved',
      label: 'Reserved',
      kind: 'active',
      cannot: cannot({
        edit: held,
        move: held,
        promote: 'Retry puts a job back to work whose worker died; only delayed ones can be promoted.',
        reschedule: 'The time of a reserved job says until when its worker holds it.',
      }),
    },
  ],
  wants,
  detect,
  sample,
  scan,
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
  freeze: (reader, queue, state) => freezeElements(reader, placeOf(queue, state).key),
  keysOf: (queue) => [
    ...(Object.keys(stateTypes) as StateId[]).map((state) => ({ key: keyOfState(queue, state), state })),
    { key: notifyKey(queue), state: 'notify' },
  ],
  adds: { name: false, options: null, payload: template },
  undoes: ['retry', 'retryAll', 'editAndRetry', 'move'],
  write: {
    retry,
    retryAll,
    promote,
    reschedule,
    move,
    remove,
    purge,
    restore,
    add,
    duplicate,
    editAndRetry: edit,
    fates,
    trashKeys,
  },
}
