import { readsOf } from '../shared/hashed-jobs/reading.ts'
import { stateOf, views } from '../shared/hashed-jobs/states.ts'
import { undoes, writesOf } from '../shared/hashed-jobs/write/writes.ts'
import type { QueueSystem } from '../system.ts'
import { detect, wants } from './detect.ts'
import { layout } from './keys.ts'
import { library } from './library.ts'
import { live } from './live.ts'
import { scheduleWrites } from './schedule-writes.ts'
import { schedules } from './schedules.ts'
import { workers } from './workers.ts'

/** Jobs of the Node library BullMQ, versions 5 and 6; see keys.ts. */
export const bullmq: QueueSystem = {
  id: 'bullmq',
  label: 'BullMQ',
  states: [
    stateOf('wait', 'Waiting', 'waiting'),
    stateOf('paused', 'Paused', 'paused'),
    stateOf('prioritized', 'Prioritized', 'waiting'),
    stateOf('delayed', 'Delayed', 'delayed'),
    stateOf('active', 'Active', 'active'),
    // They cannot run yet, whatever workers are free: like delayed jobs, and unlike waiting ones.
    stateOf('waiting-children', 'Waiting children', 'delayed'),
    stateOf('failed', 'Failed', 'failed'),
    stateOf('completed', 'Completed', 'completed'),
    ...views,
  ],
  resetsAttempts: true,
  undoes,
  adds: { name: true, options: '{ "attempts": 3, "delay": 0, "priority": 0 }', payload: '{\n  \n}' },
  wants,
  detect,
  live,
  schedules,
  workers,
  ...readsOf(layout),
  write: { ...writesOf(library), ...scheduleWrites },
}
