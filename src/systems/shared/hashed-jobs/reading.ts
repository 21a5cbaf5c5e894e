import type { QueueSystem } from '../../system.ts'
import { freeze } from './freeze.ts'
import { find, job } from './job.ts'
import type { Layout } from './layout.ts'
import { jobKeys, keysOf } from './memory.ts'
import { orphanPage } from './orphans.ts'
import { page } from './page.ts'
import { sample } from './sample.ts'
import { scan } from './scan.ts'
import { stalledPage } from './stalled.ts'

type Reads = Required<Pick<QueueSystem, 'sample' | 'page' | 'job' | 'scan' | 'freeze' | 'find' | 'keysOf' | 'jobKeys'>>

/** The reading methods of a queue system with this layout; each says its cost in the file of its name. */
export function readsOf(layout: Layout): Reads {
  return {
    sample: (queues, now) => sample(layout, queues, now),
    page: (reader, queue, state, request) => {
      if (state === 'stalled') return stalledPage(layout, reader, queue, request)
      if (state === 'orphans') return orphanPage(layout, reader, queue, request)
      return page(layout, reader, queue, state, request)
    },
    job: (reader, queue, state, ref, full) => job(layout, reader, queue, state, ref, full),
    scan: (reader, queue, state, request) => scan(layout, reader, queue, state, request),
    freeze: (reader, queue, state) => freeze(layout, reader, queue, state),
    find: (reader, queue, id) => find(layout, reader, queue, id),
    keysOf: (queue) => keysOf(layout, queue),
    jobKeys: (reader, queue, sampleSize) => jobKeys(layout, reader, queue, sampleSize),
  }
}
