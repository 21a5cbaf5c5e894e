import type { Action } from '../../domain/queue.ts'
import type { QueueSystem, State } from '../system.ts'
import { detect, wants } from './detect.ts'
import { listKey } from './keys.ts'
import { job, jobKeys, page } from './page.ts'
import { sample } from './sample.ts'
import { scan } from './scan.ts'

const byItsOwner = 'A tracked request is a record of work done elsewhere: start it again where it began.'
const byItself = 'Redis drops a request by itself 30 minutes after its last update.'

const cannot: Record<Action, string> = {
  retry: byItsOwner,
  edit: 'The worker writes the whole request anew at its next step, so an edit would be lost.',
  remove: byItself,
  purge: byItself,
  move: 'A request belongs to the page that waits for it: it cannot be moved.',
  add: byItsOwner,
  promote: 'Only delayed jobs can be promoted.',
  reschedule: 'A request has no time at which it is due.',
  duplicate: byItsOwner,
  log: 'A request has steps and messages, which its worker writes.',
  pause: 'Tracked requests have no pause.',
  resume: 'Tracked requests have no pause.',
}

const state = (id: string, label: string, kind: State['kind']): State => ({ id, label, kind, cannot })

/** Long requests that report their progress through Redis, `local_request:HASH`; see keys.ts. */
export const requestTracker: QueueSystem = {
  id: 'request-tracker',
  label: 'Request tracker',
  states: [
    state('pending', 'Pending', 'waiting'),
    state('processing', 'Processing', 'active'),
    state('otp', 'Needs a code', 'active'),
    state('other', 'Other status', 'active'),
    state('failed', 'Failed', 'failed'),
    state('completed', 'Completed', 'completed'),
    state('cancelled', 'Cancelled', 'completed'),
    state('expired', 'Expired', 'completed'),
  ],
  wants,
  detect: async (keys, hints) => detect(keys, hints),
  sample,
  scan,
  page,
  job,
  /** 1 round trip: as many as are looked at; nothing can be done to them all, so the mark is empty. */
  async freeze(reader, queue, state) {
    const { total } = await page(reader, queue, state, { offset: 0, limit: 1 })
    return { count: total, mark: '' }
  },
  keysOf: (queue) => [{ key: listKey(queue), state: 'pending' }],
  jobKeys,
}
