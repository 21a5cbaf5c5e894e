import type { Limits } from '../../domain/pool.ts'
import { HandlerError, type Job, type JobContext } from '../pool/handler.ts'
import type { ForkedProcess, ForkProcess } from './fork-process.ts'
import type { OutputLog } from './output-log.ts'
import { type FromRunner, fromRunnerSchema, type ToRunner } from './runner/messages.ts'
import type { HandlerTarget } from './runner/target.ts'

export interface ProcessTiming {
  /** How long a handler may take to load. */
  readonly loadMs: number
  /** How long a job that was told to end may go on before its process is killed. */
  readonly graceMs: number
}

export interface HandlerProcessOptions {
  readonly fork: ForkProcess
  /** The file of the program that it runs: handler-runner. */
  readonly runner: string
  readonly target: HandlerTarget
  readonly limits: Limits
  readonly output: OutputLog
  readonly timing: ProcessTiming
  readonly onJobEnd: () => void
}

/** Why a job fails whose handler did not say so itself. */
interface Verdict {
  readonly kind: 'time' | 'memory' | 'exited' | 'taken'
  readonly message: string
}

interface Run {
  readonly context: JobContext
  /** Set when it was told to end: whatever it throws from then on, or the kill of its process, is told as this. */
  verdict: Verdict | null
  done(result: string | null): void
  fail(error: Error): void
}

/** How long the last words of a process are waited for after its end; a child of its own may keep its output open. */
const lastWordsMs = 250
const longestLastWords = 2000
const mebibyte = 1_048_576
/** How V8 says that it found no memory; then it aborts the process. */
const noMemory = /FATAL ERROR: .*(heap limit|heap out of memory|Allocation failed|invalid (array|table) (length|size))/

/** One process with a handler in it, from its start to its end. It is never started again. */
export class HandlerProcess {
  /** Resolves to null when the handler has loaded, else to the reason why not, in a sentence. */
  readonly loaded: Promise<string | null>
  /** Resolves after its end. */
  readonly ended: Promise<void>
  /** Since when it has had nothing to do, by performance.now(). */
  idleSince = performance.now()
  /** What it took before it loaded its handler. */
  emptyBytes = 0
  memoryBytes: number | null = null
  readonly #child: ForkedProcess
  readonly #runs = new Map<number, Run>()
  #nextRun = 1
  #isLoading = true
  /** Takes no more jobs. */
  #isRetiring = false
  #hasEnded = false
  /** Why we killed it, as those of its jobs are told that were not the reason. */
  #killed: Verdict | null = null
  /** The error that nobody caught, of which it ended. */
  #crash: string | null = null
  #outOfMemory = false
  #settleLoaded: (problem: string | null) => void = () => {}
  #settleEnded: () => void = () => {}

  constructor(private readonly options: HandlerProcessOptions) {
    const { fork, runner, target, limits, output, timing } = options
    this.loaded = new Promise((resolve) => {
      this.#settleLoaded = resolve
    })
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve
    })
    this.#child = fork(runner, {
      args: [JSON.stringify(target)],
      execArgv: execArgv(limits),
      env: process.env,
    })
    const { stdout, stderr } = this.#child
    output.attach(() => this.pid, 'out', stdout)
    output.attach(() => this.pid, 'err', stderr)
    let tail = ''
    stderr?.on('data', (text: string) => {
      tail = (tail + text).slice(-longestLastWords)
      this.#outOfMemory ||= noMemory.test(tail)
    })
    const streamsEnd = Promise.all([stdout, stderr].map((stream) => closed(stream)))
    this.#child.onMessage((message) => this.#hear(message))
    this.#child.onExit(async (code, signal) => {
      await Promise.race([streamsEnd, new Promise((resolve) => setTimeout(resolve, lastWordsMs))])
      this.#end(code, signal)
    })
    const timer = setTimeout(() => {
      this.#kill({ kind: 'exited', message: `It did not load within ${seconds(timing.loadMs)}.` })
    }, timing.loadMs)
    void this.loaded.then(() => clearTimeout(timer))
  }

  get pid(): number | null {
    return this.#child.pid ?? null
  }

  /** Whether it takes jobs, when it has room. */
  get isOpen(): boolean {
    return !this.#hasEnded && !this.#isRetiring && this.#killed === null
  }

  /** How many jobs it has. */
  get jobs(): number {
    return this.#runs.size
  }

  /** Whether it may get one job more. */
  get hasRoom(): boolean {
    return this.isOpen && this.#runs.size < this.options.limits.jobsPerProcess
  }

  /** Runs a job as soon as the handler has loaded. Resolves to its result as JSON text; rejects with a HandlerError. */
  run(job: Job, context: JobContext): Promise<string | undefined> {
    const number = this.#nextRun++
    const { limits, timing } = this.options
    return new Promise((resolve, reject) => {
      let isSent = false
      const timers: NodeJS.Timeout[] = []
      /** Tells the job to end, and ends its process when it does not. */
      const stop = (verdict: Verdict) => {
        if (run.verdict !== null) return
        run.verdict = verdict
        if (!isSent) return run.fail(failure(verdict))
        this.#send({ kind: 'abort', run: number, reason: verdict.message })
        timers.push(setTimeout(() => this.#killFor(verdict), timing.graceMs))
      }
      const { signal } = context
      const taken = () => stop({ kind: 'taken', message: messageOf(signal.reason) })
      const over = () => {
        for (const timer of timers) clearTimeout(timer)
        signal.removeEventListener('abort', taken)
        this.#runs.delete(number)
        this.idleSince = performance.now()
        if (this.#isRetiring) this.end()
        this.options.onJobEnd()
      }
      const run: Run = {
        context,
        verdict: null,
        done(result) {
          over()
          resolve(result ?? undefined)
        },
        fail(error) {
          over()
          reject(error)
        },
      }
      this.#runs.set(number, run)
      if (signal.aborted) return taken()
      signal.addEventListener('abort', taken)
      void this.loaded.then((problem) => {
        if (!this.#runs.has(number)) return
        if (problem !== null) return run.fail(loadError(problem))
        isSent = true
        const { id, type, to, body, raw } = job
        this.#send({ kind: 'job', run: number, job: { id, type, to, body, raw, attempt: context.attempt } })
        if (this.pid !== null) context.runsIn?.(this.pid)
        const late = () => stop({ kind: 'time', message: `It took longer than ${seconds(limits.timeMs)}.` })
        timers.push(setTimeout(late, limits.timeMs))
      })
    })
  }

  /** Takes no more jobs and ends when those it has are done. */
  end(): void {
    this.#isRetiring = true
    if (this.#hasEnded || this.#runs.size > 0) return
    if (this.#isLoading) {
      this.#child.kill()
      return
    }
    this.#send({ kind: 'end' })
    const timer = setTimeout(() => this.#child.kill(), this.options.timing.graceMs) // its handler may hold up the exit
    void this.ended.then(() => clearTimeout(timer))
  }

  /** Ends it now; the jobs that it has fail as taken away. */
  close(): void {
    this.#isRetiring = true
    if (this.#runs.size > 0) this.#kill({ kind: 'taken', message: 'Its worker was stopped.' })
    else this.end()
  }

  /** Takes note of what it needs, and kills it above its limit. */
  measured(memoryBytes: number): void {
    this.memoryBytes = memoryBytes
    const { memoryMb } = this.options.limits
    const needed = (memoryBytes - this.emptyBytes) / mebibyte
    if (this.#isLoading || needed <= memoryMb) return
    const beyond = `${Math.ceil(needed)} MB more than an empty one`
    this.#kill({ kind: 'memory', message: `Its process needed ${beyond}, and may need ${memoryMb} MB.` })
  }

  #send(message: ToRunner): void {
    if (!this.#hasEnded) this.#child.send(message)
  }

  #hear(message: unknown): void {
    const { success, data } = fromRunnerSchema.safeParse(message)
    if (!success || this.#hasEnded) return
    switch (data.kind) {
      case 'ready':
        this.emptyBytes = data.emptyBytes
        this.#isLoading = false
        this.#settleLoaded(null)
        break
      case 'unloadable':
        if (data.stack !== null) this.options.output.add(this.pid, 'err', data.stack)
        this.#settleLoaded(data.message)
        break
      case 'crash':
        this.#crash = data.message
        break
      case 'log':
        this.#runs.get(data.run)?.context.log(data.text)
        break
      case 'progress':
        this.#runs.get(data.run)?.context.progress(data.progress)
        break
      case 'done':
        this.#runs.get(data.run)?.done(data.result)
        break
      case 'failed':
        this.#failed(data)
    }
  }

  #failed({ run: number, failure: failed }: Extract<FromRunner, { kind: 'failed' }>): void {
    const run = this.#runs.get(number)
    if (run === undefined) return
    if (failed.stack !== null) this.options.output.add(this.pid, 'err', failed.stack)
    run.fail(run.verdict === null ? new HandlerError(failed.message, failed) : failure(run.verdict))
  }

  /** Ends it because of one of its jobs, which has its verdict; the others lose their process. */
  #killFor({ message }: Verdict): void {
    this.#kill({ kind: 'exited', message: `Its process was killed for another job in it. ${message}` }, message)
  }

  #kill(killed: Verdict, why = killed.message): void {
    if (this.#hasEnded || this.#killed !== null) return
    this.#killed = killed
    this.#say(`is killed. ${why}`)
    this.#child.kill()
  }

  #end(code: number | null, signal: string | null): void {
    const verdict = this.#killed ?? this.#whyEnded(code, signal)
    const wasAsked = this.#isRetiring && this.#runs.size === 0
    this.#hasEnded = true
    if (this.#killed === null && !wasAsked && !this.#isLoading) this.#say(`is gone. ${verdict.message}`)
    this.#settleLoaded(verdict.message) // nobody hears of it when it had loaded
    for (const run of [...this.#runs.values()]) {
      run.fail(this.#isLoading ? loadError(verdict.message) : failure(run.verdict ?? verdict))
    }
    this.#settleEnded()
  }

  #whyEnded(code: number | null, signal: string | null): Verdict {
    if (this.#outOfMemory) {
      const { memoryMb } = this.options.limits
      return { kind: 'memory', message: `Its process found no more memory: it may need ${memoryMb} MB.` }
    }
    const how = signal !== null ? `by ${signal}` : code === null ? 'before it began' : `with exit code ${code}`
    const words = this.#crash === null ? '' : ` ${this.#crash}`
    return { kind: 'exited', message: `Its process ended ${how}.${words}` }
  }

  #say(what: string): void {
    this.options.output.add(this.pid, 'sluice', `Process ${this.pid ?? '(not started)'} ${what}`)
  }
}

/** Every job of a handler that does not load fails with the reason. */
export const loadError = (problem: string) =>
  new HandlerError(`The handler could not be loaded. ${problem}`, { retryable: true, kind: 'threw' })

const failure = ({ kind, message }: Verdict) => new HandlerError(message, { retryable: true, kind })

const messageOf = (reason: unknown) => (reason instanceof Error ? reason.message : 'It was given back.')

const seconds = (ms: number) => (ms < 1000 ? `${ms} ms` : ms === 1000 ? '1 second' : `${ms / 1000} seconds`)

function closed(stream: ForkedProcess['stdout']): Promise<void> {
  return new Promise((resolve) => {
    if (stream === null || stream.destroyed) resolve()
    else stream.once('close', resolve)
  })
}

/**
 * V8 gets the limit too: it holds while the code never lets go of the thread, where a look each second is too late. An
 * ES module in a .js file is one by its content since Node 20.19; Electron 33 carries an older one.
 */
function execArgv({ memoryMb }: Limits): string[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const detects = major > 20 || minor >= 19
  return [
    `--max-old-space-size=${memoryMb}`,
    '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
    '--disable-warning=ExperimentalWarning',
    ...(detects ? [] : ['--experimental-detect-module']),
  ]
}
