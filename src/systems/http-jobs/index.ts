import type { Action } from '../../domain/queue.ts'
import { findElement, pageOfElements } from '../elements.ts'
import type { QueueSystem } from '../system.ts'
import { detailOf, summaryOf } from './decode.ts'
import { detect, wants } from './detect.ts'
import { isState, keyOfState, type StateId, stateTypes } from './keys.ts'
import { sample } from './sample.ts'

const notYet = 'Sluice cannot do this for HTTP job queues yet.'
const noPause = 'HTTP job queues have no pause: stop the workers instead.'
const held = 'A worker may be running this job.'

function cannot(reasons: Partial<Record<Action, string>>): Record<Action, string> {
  return {
    retry: notYet,
    edit: notYet,
    remove: notYet,
    purge: notYet,
    move: notYet,
    add: notYet,
    promote: 'Only delayed jobs can be promoted.',
    pause: noPause,
    resume: noPause,
    ...reasons,
  }
}

/** Lists of HTTP calls to make, `job_queue:ready` and its siblings; see keys.ts. */
export const httpJobs: QueueSystem = {
  id: 'http-jobs',
  label: 'HTTP jobs',
  states: [
    { id: 'ready', label: 'Ready', kind: 'waiting', cannot: cannot({ retry: 'These jobs have not run yet.' }) },
    {
      id: 'delayed',
      label: 'Delayed',
      kind: 'delayed',
      cannot: cannot({ retry: 'These jobs have not run yet.', promote: notYet }),
    },
    {
      id: 'processing',
      label: 'Processing',
      kind: 'active',
      cannot: cannot({
        retry: held,
        edit: held,
        remove: held,
        purge: 'Workers may be running these jobs.',
        move: held,
      }),
    },
    { id: 'failed', label: 'Failed', kind: 'failed', cannot: cannot({}) },
    { id: 'completed', label: 'Completed', kind: 'completed', cannot: cannot({ retry: 'These jobs are done.' }) },
  ],
  wants,
  detect: async (keys, hints) => detect(keys, hints),
  sample,
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
  keysOf: (queue) => (Object.keys(stateTypes) as StateId[]).map((state) => ({ key: keyOfState(queue, state), state })),
}
