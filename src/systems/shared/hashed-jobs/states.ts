import type { Action, Kind } from '../../../domain/queue.ts'
import type { State } from '../../system.ts'

const notRun = 'These jobs have not run yet.'
const held = 'A worker holds this job.'
const promoteThem = 'These jobs wait for their time: promote them instead.'
const onlyDelayed = 'Only delayed jobs have a time that can be changed.'
const neverRan = 'Only delayed jobs can be promoted.'
const putBack = 'Put the job back to work first: a worker may still have it.'
const notHere = 'This job is in no state: put it back to work, or remove it.'
const family = 'The job of a flow is bound to its queue.'
const children = 'This job waits for its children: it goes on by itself when they have ended.'

/** What cannot be done in a state, by the id that the state has in both libraries, or by what it is. */
const cannot: Readonly<Record<string, Partial<Record<Action, string>>>> = {
  waiting: { retry: notRun },
  paused: { retry: notRun },
  prioritized: { retry: notRun },
  delayed: { retry: promoteThem },
  active: { retry: held, edit: held, remove: held, purge: held, move: held },
  stalled: { move: putBack, purge: 'Put these jobs back to work, or remove them one by one.' },
  'waiting-children': { retry: children, move: family },
  orphans: { move: notHere },
}

/** A state of Bull or BullMQ, with the reasons for what cannot be done in it. */
export function stateOf(id: string, label: string, kind: Kind, uncounted?: true): State {
  const delayed = id === 'delayed'
  return {
    id,
    label,
    kind,
    ...(uncounted && { uncounted }),
    cannot: {
      ...(!delayed && { promote: neverRan, reschedule: onlyDelayed }),
      ...cannot[kind === 'waiting' && id !== 'prioritized' ? 'waiting' : id],
    },
  }
}

/** Views that both libraries have beside their states: a worker died with these jobs; these are in no state. */
export const views: readonly State[] = [
  stateOf('stalled', 'Stalled', 'active', true),
  stateOf('orphans', 'Orphans', 'failed', true),
]
