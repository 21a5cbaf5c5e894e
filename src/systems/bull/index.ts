import type { Action, Kind } from '../../domain/queue.ts'
import type { QueueSystem, State } from '../system.ts'
import { detect, wants } from './detect.ts'
import { job } from './job.ts'
import type { StateId } from './keys.ts'
import { jobKeys, keysOf } from './memory.ts'
import { page } from './page.ts'
import { sample } from './sample.ts'
import { workers } from './workers.ts'

const notYet = 'Sluice cannot do this for Bull queues yet.'
const held = 'A worker holds this job.'
const done = 'These jobs ran to their end: add a new one instead.'
const notRun = 'These jobs have not run yet.'

/** Reasons of one state: what Bull itself rules out, and for all else that Sluice does not do it yet. */
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
      move: 'Bull cannot move a job to another queue: the job would need a new id there.',
      add: notYet,
      promote,
      pause: notYet,
      resume: notYet,
      ...reasons,
    },
  }
}

/** Jobs of the Node library Bull, version 4; see keys.ts. */
export const bull: QueueSystem = {
  id: 'bull',
  label: 'Bull',
  states: [
    state('waiting', 'Waiting', 'waiting', { retry: notRun }),
    state('paused', 'Paused', 'paused', { retry: notRun }),
    state('active', 'Active', 'active', { retry: held, edit: held, remove: held, purge: held, move: held }),
    state('delayed', 'Delayed', 'delayed', { retry: 'These jobs wait for their time: promote them instead.' }),
    state('failed', 'Failed', 'failed', {}),
    state('completed', 'Completed', 'completed', { retry: done, edit: done }),
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
