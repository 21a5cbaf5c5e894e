import type { JobRecord, OutputLine } from '../../src/domain/job-record.ts'
import { refuse } from './fake-actions.ts'
import type { FakeContext } from './fake-os.ts'

const folder = '/home/ada/.local/share/sluice/handlers'

/** A job that has just begun. */
export function fakeRecord(more: Partial<JobRecord>): JobRecord {
  return {
    key: crypto.randomUUID(),
    id: null,
    name: null,
    attempt: 1,
    startedAt: Date.now(),
    endedAt: null,
    pid: null,
    progress: null,
    failure: null,
    result: null,
    ...more,
  }
}

/** How far a job is that goes through rows. */
export function rows(done: number, total: number | null, failed: number, message: string | null = null) {
  return { percent: null, done, total, failed, message }
}

const written: readonly [OutputLine['from'], string][] = [
  ['sluice', 'Started resize-images.mjs in process 41022.'],
  ['out', '(node:41022) loaded sharp 0.34.1 with libvips 8.17'],
  ['log', 'resize 88121: 3 of 7 sizes, 412 kB saved'],
  ['log', 'resize 88122: سفارش \u202e12345\u202c بزرگ است'],
  [
    'err',
    'Warning: Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to "0" makes TLS connections insecure',
  ],
  [
    'out',
    '{"level":30,"time":1763813000123,"pid":41022,"hostname":"adas-desk","jobId":"88123","msg":"resized","sizes":[320,640,960,1280,1920],"bytes":[12093,40112,80221,120338,240881],"tookMs":812}',
  ],
  [
    'err',
    'Error: Input buffer contains unsupported image format\n    at Sharp.toBuffer (/srv/app/node_modules/sharp/lib/output.js:163:17)\n    at handle (/srv/handlers/resize-images.mjs:18:24)',
  ],
  ['sluice', 'Process 41022 used 268 MB, more than the 256 MB that it may: it was ended.'],
]

/** The nth line that a process wrote. */
export function fakeLine(seq: number, at: number): OutputLine {
  const [from, text] = written[seq % written.length] as (typeof written)[number]
  return { seq, at, pid: from === 'sluice' ? null : 41_022 + (seq % 3), from, text }
}

/** Lines that came by and by since a time, one in 700 ms; what a reader may see of them. */
export function fakeOutput(since: number, { search, after }: { search: string; after: number }) {
  const last = Math.floor((Date.now() - since) / 700)
  const word = search.toLocaleLowerCase()
  const lines: OutputLine[] = []
  for (let seq = Math.max(after + 1, last - 400); seq <= last; seq++) {
    const line = fakeLine(seq, since + seq * 700)
    if (line.text.toLocaleLowerCase().includes(word)) lines.push(line)
  }
  return { lines, dropped: Math.max(0, last - 400) }
}

/** Files of handlers, and single runs that take six seconds and end well, or as their file's name says. */
export function handlersRouter({ os, find }: FakeContext) {
  const files = [
    'import-orders.ts',
    'resize-images.mjs',
    'a-file-whose-name-says-everything-that-it-does-and-more-than-that.js',
  ]
  const runs = new Map<string, { record: JobRecord; output: OutputLine[]; ends: number }>()
  return {
    list: os.handlers.list.handler(() => ({
      folder,
      files: files.map((name) => ({ path: `${folder}/${name}`, name })),
    })),
    create: os.handlers.create.handler(({ input }) => {
      if (files.includes(input.name)) throw refuse('INVALID_INPUT', `There is a ${input.name} already.`)
      files.push(input.name)
      return { path: `${folder}/${input.name}` }
    }),
    check: os.handlers.check.handler(({ input }) => ({
      problem: /broken|\.txt$/.test(input.file) ? 'The file exports no function called handle.' : null,
    })),
    run: os.handlers.run.handler(({ input }) => {
      find(input.connectionId)
      const id = crypto.randomUUID()
      const record = fakeRecord({ id: '88123', name: 'resize', pid: 41_093, attempt: 3 })
      runs.set(id, { record, output: [], ends: Date.now() + 6_000 })
      return { id }
    }),
    watchRun: os.handlers.watchRun.handler(async function* ({ input, signal }) {
      const run = runs.get(input.id)
      if (run === undefined) throw refuse('NOT_FOUND')
      for (let step = 0; !signal?.aborted; step++) {
        if (run.record.endedAt === null) {
          run.output.push(fakeLine(step, Date.now()))
          run.record.progress = rows(Math.min(12_004, step * 812), 12_004, step > 9 ? 1 : 0, 'Resizing image')
          if (Date.now() > run.ends) {
            run.record.endedAt = Date.now()
            run.record.result = '{"resized":7,"saved":"412 kB"}'
          }
        }
        yield { record: { ...run.record }, output: [...run.output] }
        if (run.record.endedAt !== null) return
        await new Promise((resolve) => setTimeout(resolve, 400))
      }
    }),
    cancelRun: os.handlers.cancelRun.handler(({ input }) => {
      const run = runs.get(input.id)
      if (run === undefined) throw refuse('NOT_FOUND')
      run.record.endedAt = Date.now()
      run.record.failure = { kind: 'taken', message: 'It was cancelled.' }
      return {}
    }),
  }
}
