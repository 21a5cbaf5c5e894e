import type { Action, Kind } from '../../domain/queue.ts'
import type { QueueSystem, State } from '../system.ts'
import { detect, wants } from './detect.ts'
import { job } from './job.ts'
import type { StateId } from './keys.ts'
import { jobKeys, keysOf } from './memory.ts'
import { page } from './page.ts'
import { sample } from './sample.ts'
import { workers } from './workers.ts'

const notYet = 'Sluice cannot do this for BullMQ queues yet.'
const held = 'A worker holds this job.'
const notRun = 'These jobs have not run yet.'
const children = 'This job waits for its children.'

/** Reasons of one state: what BullMQ itself rules out, and for all else that Sluice does not do it yet. */
function state(id: StateId, label: string, kind: Kind, reasons: Partial<Record<Action, string>>): State {
  const promote = id === 'delayed' ? notYet : 'Only delayed jobs can be promoted.'
  return {
    id,
    label,
    kind,
    cannot: {
      retry: notYet,
      edit: notYet,
      remove: notYet,
      purge: notYet,
      move: 'BullMQ cannot move a job to another queue: the job would need a new id there.',
      add: notYet,
      promote,
      pause: notYet,
      resume: notYet,
      ...reasons,
    },
  }
}

/** Jobs of the Node library BullMQ, versions 5 and 6; see keys.ts. */
export const bullmq: QueueSystem = {
  id: 'bullmq',
  label: 'BullMQ',
  states: [
    state('wait', 'Waiting', 'waiting', { retry: notRun }),
    state('paused', 'Paused', 'paused', { retry: notRun }),
    state('prioritized', 'Prioritized', 'waiting', { retry: notRun }),
    state('delayed', 'Delayed', 'delayed', { retry: 'These jobs wait for their time: promote them instead.' }),
    state('active', 'Active', 'active', { retry: held, edit: held, remove: held, purge: held, move: held }),
    // They cannot run yet, whatever workers are free: like delayed jobs, and unlike waiting ones.
    state('waiting-children', 'Waiting for children', 'delayed', { retry: children, edit: children, move: children }),
    state('failed', 'Failed', 'failed', {}),
    state('completed', 'Completed', 'completed', {}),
  ],
  wants,
  detect,
  sample,
  page,
  job,
  workers,
  keysOf,
  jobKeys,
}
