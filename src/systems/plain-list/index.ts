import { freezeElements } from '../shared/elements/freeze.ts'
import type { QueueSystem } from '../system.ts'
import { detect, wants } from './detect.ts'
import { keyOfState, keysOf } from './keys.ts'
import { add, editAndRetry, move, promote, reschedule, retry } from './move.ts'
import { job, page } from './page.ts'
import { purge, remove } from './remove.ts'
import { retryAll } from './retry-all.ts'
import { sample } from './sample.ts'
import { scan } from './scan.ts'
import { fates, restore, trashKeys } from './undo.ts'

const noPause = 'Only the workers that Sluice runs know a pause: use Pause at their pool, on the Workers screen.'

/** What only delayed jobs can do. */
const notDelayed = {
  promote: 'Only delayed jobs can be promoted.',
  reschedule: 'Only delayed jobs have a time.',
}

/** What no state of a plain list can do. */
const never = {
  duplicate: 'Copy the payload and add it as a new job: a copy with the same id would be taken for the same job.',
  log: 'Plain lists keep no log of a job.',
  pause: noPause,
  resume: noPause,
}

/** Jobs as JSON in Redis lists with a processing set and a dead-letter list; see keys.ts. */
export const plainList: QueueSystem = {
  id: 'plain-list',
  label: 'Plain list',
  states: [
    {
      id: 'waiting',
      label: 'Waiting',
      kind: 'waiting',
      cannot: { ...never, ...notDelayed, retry: 'These jobs have not run yet.' },
    },
    {
      id: 'active',
      label: 'Processing',
      kind: 'active',
      cannot: {
        ...never,
        ...notDelayed,
        retry: 'A worker may be running this job: it comes back by itself when its worker is known to be dead.',
        edit: 'A worker holds this job.',
        remove: 'A worker holds this job.',
        purge: 'Workers hold these jobs.',
        move: 'A worker holds this job.',
      },
    },
    {
      id: 'delayed',
      label: 'Delayed',
      kind: 'retrying',
      cannot: {
        ...never,
        retry: 'Promote runs a delayed job now.',
        edit: 'Run it now first, then edit it where it waits.',
      },
    },
    {
      id: 'dead',
      label: 'Dead',
      kind: 'failed',
      cannot: { ...never, ...notDelayed },
    },
  ],
  wants,
  detect: async (keys, hints) => detect(keys, hints),
  sample,
  scan,
  page,
  job,
  freeze: (reader, queue, state) => freezeElements(reader, keyOfState(queue, state)),
  keysOf(queue) {
    const keys = keysOf(queue)
    return [
      { key: keys.base, state: 'waiting' },
      { key: keys.processing, state: 'active' },
      { key: keys.delayed, state: 'delayed' },
      { key: keys.dead, state: 'dead' },
    ]
  },
  undoes: ['retry', 'retryAll', 'editAndRetry', 'move'],
  write: { retry, retryAll, editAndRetry, remove, purge, move, promote, reschedule, add, restore, fates, trashKeys },
}
