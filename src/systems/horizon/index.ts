import type { Action } from '../../domain/queue.ts'
import type { QueueSystem, State } from '../system.ts'
import { detect, wants } from './detect.ts'
import { fates, keysInTrash, purge, remove, restore } from './forget.ts'
import { keyOf, setOfState } from './keys.ts'
import { find, job, jobKeys, page } from './page.ts'
import { retry, retryAll } from './retry.ts'
import { sample } from './sample.ts'
import { freeze, scan } from './scan.ts'
import { tellWorker, workersInKeys } from './workers.ts'

const inLaravel = 'Horizon only keeps a record of the job: act on the job in its Laravel queue.'
const notFailed = 'Horizon retries failed jobs only.'
const trims = 'Horizon removes these records by itself, an hour after the job by default.'

/** What Horizon can do to no record, in whatever state the job is. */
const never: Partial<Record<Action, string>> = {
  edit: inLaravel,
  move: inLaravel,
  add: 'Add the job to its Laravel queue: Horizon records it when a worker takes it.',
  promote: inLaravel,
  reschedule: inLaravel,
  duplicate: inLaravel,
  log: 'Horizon keeps no log of a job.',
  pause: 'Horizon pauses supervisors, not queues: pause one among the workers.',
  resume: 'Horizon pauses supervisors, not queues: let one continue among the workers.',
}

const recordOnly: State['cannot'] = { ...never, retry: notFailed, remove: trims, purge: trims }
const alive: State['cannot'] = { ...never, retry: notFailed, remove: inLaravel, purge: inLaravel }

/** Laravel Horizon 5: an installation counts as one queue; see keys.ts. */
export const horizon: QueueSystem = {
  id: 'horizon',
  label: 'Horizon',
  states: [
    { id: 'pending', label: 'Pending', kind: 'waiting', cannot: alive },
    { id: 'reserved', label: 'Reserved', kind: 'active', uncounted: true, cannot: alive },
    { id: 'completed', label: 'Completed', kind: 'completed', cannot: recordOnly },
    { id: 'silenced', label: 'Silenced', kind: 'completed', cannot: recordOnly },
    { id: 'failed', label: 'Failed', kind: 'failed', cannot: never },
    { id: 'monitored', label: 'Monitored', kind: 'completed', uncounted: true, cannot: recordOnly },
  ],
  wants,
  detect: async (keys, hints) => detect(keys, hints),
  sample,
  page,
  job,
  scan,
  freeze,
  find,
  workersInKeys,
  keysOf: (queue) => [
    ...(['pending', 'completed', 'silenced', 'failed', 'monitored'] as const).map((state) => ({
      key: keyOf(queue, setOfState[state]),
      state,
    })),
    ...['recent_jobs', 'recent_failed_jobs', 'measured_jobs', 'measured_queues'].map((name) => ({
      key: keyOf(queue, name),
      state: 'records',
    })),
  ],
  jobKeys,
  undoes: ['retry', 'retryAll'],
  write: { retry, retryAll, remove, purge, restore, fates, trashKeys: keysInTrash, tellWorker },
}
