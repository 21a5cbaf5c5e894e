import type { QueueSystem } from '../system.ts'
import { detect, wants } from './detect.ts'
import { keysOf } from './keys.ts'
import { add, editAndRetry, move, retry } from './move.ts'
import { job, page } from './page.ts'
import { purge, remove } from './remove.ts'
import { retryAll } from './retry-all.ts'
import { sample } from './sample.ts'
import { restore } from './trash.ts'

const notPromoted = 'Only delayed jobs can be promoted.'
const notPaused = 'Plain lists have no pause: stop the workers instead.'

/** Jobs as JSON in Redis lists with a processing set and a dead-letter list; see keys.ts. */
export const plainList: QueueSystem = {
  id: 'plain-list',
  label: 'Plain list',
  states: [
    {
      id: 'waiting',
      label: 'Waiting',
      kind: 'waiting',
      cannot: { retry: 'These jobs have not run yet.', promote: notPromoted, pause: notPaused, resume: notPaused },
    },
    {
      id: 'active',
      label: 'Processing',
      kind: 'active',
      cannot: {
        retry: 'A worker may be running this job: it comes back by itself when its worker is known to be dead.',
        edit: 'A worker holds this job.',
        remove: 'A worker holds this job.',
        purge: 'Workers hold these jobs.',
        move: 'A worker holds this job.',
        promote: notPromoted,
        pause: notPaused,
        resume: notPaused,
      },
    },
    {
      id: 'delayed',
      label: 'Delayed',
      kind: 'retrying',
      cannot: {
        edit: 'Run it now first, then edit it where it waits.',
        remove: 'Run it now first, then remove it where it waits.',
        purge: 'Run these jobs now first, then purge them where they wait.',
        move: 'Run it now first, then move it from where it waits.',
        promote: 'Use Retry: it runs a delayed job now.',
        pause: notPaused,
        resume: notPaused,
      },
    },
    {
      id: 'dead',
      label: 'Dead',
      kind: 'failed',
      cannot: { promote: notPromoted, pause: notPaused, resume: notPaused },
    },
  ],
  wants,
  detect: async (keys, hints) => detect(keys, hints),
  sample,
  page,
  job,
  keysOf(queue) {
    const keys = keysOf(queue)
    return [
      { key: keys.base, state: 'waiting' },
      { key: keys.processing, state: 'active' },
      { key: keys.delayed, state: 'delayed' },
      { key: keys.dead, state: 'dead' },
    ]
  },
  write: { retry, retryAll, editAndRetry, remove, purge, move, add, restore },
}
