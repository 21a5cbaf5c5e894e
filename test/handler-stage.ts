import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { JobProgress } from '../src/domain/job-record.ts'
import type { Limits } from '../src/domain/pool.ts'
import { HandlerError, type Job } from '../src/engine/pool/handler.ts'
import { forkNodeProcess } from '../src/engine/processes/fork-process.ts'
import {
  createHandlerProcesses,
  type HandlerProcesses,
  type HandlerTiming,
} from '../src/engine/processes/handler-processes.ts'
import { OutputLog } from '../src/engine/processes/output-log.ts'
import { buildHandlerRunner } from './handler-runner.ts'

/* Processes of handlers for tests: built once for the file that imports this, and ended after each of its tests. */

export const folder = mkdtempSync(join(tmpdir(), 'sluice-handlers-'))
let runner = ''
const open: HandlerProcesses[] = []

beforeAll(async () => {
  runner = await buildHandlerRunner()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((processes) => processes.close()))
})
afterAll(() => {
  for (const made of [folder, dirname(runner)]) rmSync(made, { recursive: true, force: true })
})

interface Setup {
  readonly limits?: Partial<Limits>
  readonly timing?: Partial<HandlerTiming>
}

/** The processes of a handler with that code, and what they said. */
export function processesOf(name: string, code: string, { limits, timing }: Setup = {}) {
  const file = join(folder, name)
  writeFileSync(file, code)
  const output = new OutputLog()
  const processes = createHandlerProcesses({
    fork: forkNodeProcess,
    runner,
    target: { kind: 'file', file },
    limits: { timeMs: 60_000, memoryMb: 256, jobsPerProcess: 1, ...limits },
    output,
    timing: { graceMs: 10_000, ...timing },
  })
  open.push(processes)
  return { file, processes, output }
}

/** For handlers that do not end when they are told to. */
export const strict = { graceMs: 200 }

/** The processes of `export async function handle(job, ctx) { BODY }`. */
export const handling = (body: string, setup?: Setup) =>
  processesOf(`${crypto.randomUUID()}.mjs`, `export async function handle(job, ctx) {\n${body}\n}\n`, setup)

const jobOf = (body: string): Job => ({
  id: '7',
  type: 'mail',
  to: 'a@b.c',
  data: {},
  body,
  attempts: 1,
  maxRetries: null,
  raw: `{"data":${body}}`,
})

/** A run of a job: how it ends, and what its context heard. */
export function begin({ handler }: HandlerProcesses, data: unknown = {}) {
  const controller = new AbortController()
  const heard = { lines: [] as string[], progress: [] as JobProgress[], pid: 0 }
  const events = new EventEmitter()
  const started = once(events, 'started')
  const said = once(events, 'said')
  const result = handler(jobOf(typeof data === 'string' ? data : JSON.stringify(data)), {
    signal: controller.signal,
    attempt: 2,
    log(line) {
      heard.lines.push(line)
      events.emit('said')
    },
    progress: (progress) => void heard.progress.push(progress),
    runsIn(pid) {
      heard.pid = pid
      events.emit('started')
    },
  })
  const failure = result.then(
    (value) => {
      throw new Error(`It went well: ${value}`)
    },
    (error: unknown) => error as HandlerError,
  )
  failure.catch(() => {})
  return { heard, result, failure, started, said, abort: () => controller.abort() }
}

export const texts = (output: OutputLog) => output.read({ search: '', after: 0 }).lines.map(({ text }) => text)

/** What must hold of every failure: it is told, and the job is tried again unless the handler says otherwise. */
export async function failureOf(processes: HandlerProcesses, data?: unknown) {
  const error = await begin(processes, data).failure
  expect(error).toBeInstanceOf(HandlerError)
  const { kind, message, retryable, retryAfterMs } = error
  return { kind, message, retryable, retryAfterMs }
}
