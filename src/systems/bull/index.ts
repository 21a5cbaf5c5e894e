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

/** Jobs of the Node library Bull, version 4; see keys.ts. */
export const bull: QueueSystem = {
  id: 'bull',
  label: 'Bull',
  states: [
    stateOf('waiting', 'Waiting', 'waiting'),
    stateOf('paused', 'Paused', 'paused'),
    stateOf('active', 'Active', 'active'),
    stateOf('delayed', 'Delayed', 'delayed'),
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
