import { SluiceError } from '../../domain/errors.ts'
import type { Action } from '../../domain/queue.ts'
import { findElement, pageOfElements } from '../shared/elements/elements.ts'
import { freezeElements } from '../shared/elements/freeze.ts'
import type { QueueSystem } from '../system.ts'
import { add, duplicate, edit } from './add.ts'
import { detailOf, summaryOf } from './decode.ts'
import { detect, wants } from './detect.ts'
import { purge, remove } from './discard.ts'
import { isState, keyOfState, type StateId, stateTypes } from './keys.ts'
import { template } from './message.ts'
import { move, promote, reschedule, retry, retryAll } from './run.ts'
import { sample } from './sample.ts'
import { scan } from './scan.ts'
import { fates, restore, trashKeys } from './undo.ts'

const notRun = 'These jobs have not run yet.'
const noPause = 'Only the workers that Sluice runs know a pause: use Pause at their pool, on the Workers screen.'
const held = 'A worker may be running this job.'

function cannot(reasons: Partial<Record<Action, string>>): Partial<Record<Action, string>> {
  return { log: 'HTTP jobs have no logs.', pause: noPause, resume: noPause, ...reasons }
}

/** What only delayed jobs can do. */
const notDelayed = { promote: 'Only delayed jobs can be promoted.', reschedule: 'Only delayed jobs have a time.' }

/** Lists of HTTP calls to make, `job_queue:ready` and its siblings; see keys.ts. */
export const httpJobs: QueueSystem = {
  id: 'http-jobs',
  label: 'HTTP jobs',
  states: [
    { id: 'ready', label: 'Ready', kind: 'waiting', cannot: cannot({ ...notDelayed, retry: notRun }) },
    {
      id: 'delayed',
      label: 'Delayed',
      kind: 'delayed',
      cannot: cannot({ retry: 'Promote runs a delayed job now.' }),
    },
    {
      id: 'processing',
      label: 'Processing',
      kind: 'active',
      cannot: cannot({
        ...notDelayed,
        retry: `${held} What a worker of Sluice held when it died comes back by itself.`,
        edit: held,
        remove: held,
        purge: 'Workers may be running these jobs.',
        move: held,
        duplicate: `${held} Copy it once it has ended.`,
      }),
    },
    { id: 'failed', label: 'Failed', kind: 'failed', cannot: cannot(notDelayed) },
    {
      id: 'completed',
      label: 'Completed',
      kind: 'completed',
      cannot: cannot({ ...notDelayed, move: 'These jobs are done: run them again first, then move them.' }),
    },
  ],
  wants,
  detect: async (keys, hints) => detect(keys, hints),
  sample,
  scan,
  /** 1 round trip, at most 5 KB a job. Ready and delayed from the job that runs next, failed and completed newest first. */
  async page(reader, queue, state, request) {
    if (!isState(state)) return { total: 0, offset: request.offset, jobs: [], partial: null }
    const order = state === 'failed' || state === 'completed' ? 'tail' : 'head'
    const now = Date.now()
    return pageOfElements(reader, keyOfState(queue, state), stateTypes[state], order, request, (element) =>
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
  async freeze(reader, queue, state) {
    if (!isState(state)) throw new SluiceError('NOT_FOUND', 'There is no such state.')
    return freezeElements(reader, keyOfState(queue, state))
  },
  keysOf: (queue) => (Object.keys(stateTypes) as StateId[]).map((state) => ({ key: keyOfState(queue, state), state })),
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
