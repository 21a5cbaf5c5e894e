import { asSluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { mostOf } from '../../domain/scale.ts'
import type { WorkerCommand, WorkerCommandStatus } from '../../domain/worker-command.ts'
import type { OutputLog } from '../processes/output-log.ts'
import type { Autoscaler } from '../scale/autoscaler.ts'
import { expandCommand } from './expand-command.ts'
import { Restarts } from './restarts.ts'
import type { TreeUsage } from './usage.ts'
import { howText, secondsText, whyGivenUp } from './why-given-up.ts'
import { type Ended, startWorker, type WorkerProcess } from './worker-process.ts'

export interface SupervisorOptions {
  readonly config: WorkerCommand
  readonly redisUrl: string | null
  readonly output: OutputLog
  readonly autoscaler: Autoscaler
  readonly onChange: () => void
  /** Told when it will not be started again by itself, in a sentence. */
  readonly onGivenUp: (sentence: string) => void
  /** Told when a process starts and when it has ended. */
  readonly onProcess?: (pid: number, running: boolean) => void
  readonly now?: () => number
}

/** Why a process was told to end: its end then says nothing about how well it runs. */
type Told = 'fewer' | 'stop' | 'memory'

interface Running {
  readonly worker: WorkerProcess
  readonly part: Part
  readonly since: number
  told: Told | null
  usage: TreeUsage | null
  late: NodeJS.Timeout | null
}

/** One line of workers: those of one queue, or all when each serves every queue. */
interface Part {
  readonly queues: readonly QueueRef[]
  readonly weight: number
  readonly restarts: Restarts
  wanted: number
  retry: NodeJS.Timeout | null
  givenUp: boolean
}

type State = WorkerCommandStatus['state']

/** Keeps the processes of one worker command running, from its start until it has stopped; then it is done for. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #parts: readonly Part[]
  readonly #running = new Set<Running>()
  readonly #now: () => number
  #unscale: () => void = () => {}
  #stopping = false
  #lastExit: WorkerCommandStatus['lastExit'] = null
  #problem: string | null = null
  #resolveStopped: () => void = () => {}
  /** Resolves when all of its processes have ended after `stop` or `kill`. */
  readonly stopped = new Promise<void>((resolve) => (this.#resolveStopped = resolve))

  constructor(options: SupervisorOptions) {
    const { config, now = Date.now } = options
    this.#options = options
    this.#now = now
    const lines =
      config.share === 'together' || config.queues.length === 0
        ? [{ queues: config.queues.map(({ queue }) => queue), weight: 1 }]
        : config.queues.map(({ queue, weight }) => ({ queues: [queue], weight }))
    this.#parts = lines.map((line) => ({
      ...line,
      restarts: new Restarts(config.restart),
      wanted: 0,
      retry: null,
      givenUp: false,
    }))
  }

  /** Starts its processes. Throws INVALID_INPUT with a sentence when they cannot be, as the command is set up. */
  start(): void {
    const { config, autoscaler, redisUrl } = this.#options
    for (const { queues } of this.#parts) expandCommand(config, queues, redisUrl)
    // What was given up gets none: its jobs would keep workers from the others.
    const alive = () => this.#parts.filter(({ givenUp }) => !givenUp)
    this.#unscale = autoscaler.add({
      connectionId: config.connectionId,
      scale: config.scale,
      share: config.share === 'weighted' ? 'weighted' : 'strict',
      get parts() {
        return alive()
      },
      counts: () => alive().map(({ wanted }) => wanted),
      set: (counts) => {
        for (const [at, part] of alive().entries()) part.wanted = counts[at] ?? 0
        this.#reconcile()
      },
    })
    if (alive().length === 0) this.#unscale()
  }

  /** Asks its processes to finish what they have; what runs after its time to drain is killed. */
  stop(): void {
    this.#end()
    for (const running of this.#running) this.#drain(running, 'stop')
    this.#settle()
  }

  /** Kills its processes and all that they started, now. */
  kill(): void {
    this.#end()
    for (const running of this.#running) {
      running.told = 'stop'
      running.worker.kill()
    }
    this.#settle()
  }

  get state(): State {
    if (this.#stopping) return this.#running.size > 0 ? 'draining' : 'stopped'
    if (this.#running.size > 0) return 'running'
    if (this.#parts.some(({ retry }) => retry !== null)) return 'waiting'
    return this.#parts.some(({ givenUp }) => givenUp) ? 'failed' : 'running'
  }

  /** Nothing runs of it any more, and nothing will by itself. */
  get over(): boolean {
    return this.state === 'stopped' || this.state === 'failed'
  }

  get pids(): readonly number[] {
    return [...this.#running].map(({ worker }) => worker.pid)
  }

  status(): Omit<WorkerCommandStatus, 'id' | 'config' | 'autostart'> {
    return {
      state: this.state,
      processes: [...this.#running].map(({ worker, part, since, told, usage }) => ({
        pid: worker.pid,
        queue: part.queues.length === 1 ? (part.queues[0] ?? null) : null,
        state: told === null ? 'running' : 'draining',
        since,
        cpu: usage === null ? null : Math.round(usage.cpu),
        memoryBytes: usage?.memoryBytes ?? null,
      })),
      wanted: this.#stopping ? 0 : this.#parts.reduce((sum, { wanted }) => sum + wanted, 0),
      restarts: Math.max(0, ...this.#parts.map(({ restarts }) => restarts.inARow)),
      lastExit: this.#lastExit,
      problem: this.#problem,
    }
  }

  /** Takes in what its processes need now, and ends those that need too much. */
  measured(usages: ReadonlyMap<number, TreeUsage>): void {
    const limit = this.#options.config.memoryMb
    for (const running of this.#running) {
      const usage = usages.get(running.worker.pid)
      if (usage === undefined) continue
      running.usage = usage
      running.worker.saw(usage.tree)
      const megabytes = usage.memoryBytes / 1_048_576
      if (limit === null || megabytes <= limit) continue
      const needs = `It needs ${Math.round(megabytes)} MB, more than its ${limit} MB`
      if (megabytes > limit * 1.5) {
        this.#say(running, `${needs} by half: it is killed.`)
        running.told ??= 'memory'
        running.worker.kill()
      } else if (running.told === null) {
        this.#say(running, `${needs}: it is asked to finish, and another one started.`)
        this.#drain(running, 'memory')
      }
    }
    if (!this.#stopping) this.#reconcile()
  }

  /** Starts what is missing and drains what is too much. The only place that decides so. */
  #reconcile(): void {
    const { config, onChange } = this.#options
    for (const part of this.#parts) {
      const serving = [...this.#running].filter((each) => each.part === part && each.told === null)
      // The youngest go: the others are warm.
      for (const running of serving.slice(part.wanted)) this.#drain(running, 'fewer')
    }
    for (const part of this.#parts) {
      let missing = part.wanted - [...this.#running].filter((each) => each.part === part && each.told === null).length
      // Those that still finish count too: there are never more processes than the scale allows.
      let room = mostOf(config.scale) - this.#running.size
      for (; missing > 0 && room > 0 && !this.#stopping && part.retry === null && !part.givenUp; missing--, room--) {
        this.#startOne(part)
      }
    }
    onChange()
  }

  #startOne(part: Part): void {
    const { config, redisUrl, output, onProcess } = this.#options
    const since = this.#now()
    let worker: WorkerProcess
    try {
      worker = startWorker(expandCommand(config, part.queues, redisUrl), config)
    } catch (error) {
      // The folder or the program went away since the last time.
      this.#over(part, since, { code: null, signal: null, problem: asSluiceError(error).message })
      return
    }
    const running: Running = { worker, part, since, told: null, usage: null, late: null }
    this.#running.add(running)
    if (worker.pid !== 0) onProcess?.(worker.pid, true)
    output.attach(worker.pid, 'out', worker.stdout)
    output.attach(worker.pid, 'err', worker.stderr)
    void worker.ended.then((how) => this.#ended(running, how))
  }

  #drain(running: Running, told: Told): void {
    if (running.told !== null) {
      if (told === 'stop') running.told = told
      return
    }
    running.told = told
    const { drainMs } = this.#options.config
    running.late = setTimeout(() => {
      this.#say(running, `It did not finish within ${secondsText(drainMs)}: it is killed.`)
      running.worker.kill()
    }, drainMs)
    running.worker.drain()
  }

  #ended(running: Running, how: Ended): void {
    const { worker, part, since, told } = running
    if (running.late) clearTimeout(running.late)
    this.#running.delete(running)
    if (worker.pid !== 0) this.#options.onProcess?.(worker.pid, false)
    this.#lastExit = { at: this.#now(), pid: worker.pid, code: how.code, signal: how.signal }
    this.#say(running, `It ended after ${secondsText(this.#now() - since)} ${howText(how)}.`)
    if (this.#stopping) this.#settle()
    else if (told === 'fewer') this.#reconcile()
    else this.#over(part, since, how, running)
    this.#options.onChange()
  }

  /** A process ended that nobody wanted to end: decides about the next one. */
  #over(part: Part, since: number, how: Ended, running?: Running): void {
    // What falls while its line waits already belongs to the same fall.
    if (part.retry === null && !part.givenUp) {
      const next = part.restarts.ended({ ranMs: this.#now() - since, code: how.code })
      const pid = running?.worker.pid ?? null
      if (next === 'give up') this.#giveUp(part, how, pid)
      else if (next.afterMs > 0) this.#waitFor(part, next.afterMs, how.problem, pid)
    }
    this.#reconcile()
  }

  #giveUp(part: Part, how: Ended, pid: number | null): void {
    const queues = this.#parts.length > 1 ? part.queues.map(({ name }) => name).join(', ') : null
    const why = whyGivenUp(how, { inARow: part.restarts.inARow, queues, pid }, this.#options.output)
    part.givenUp = true
    part.wanted = 0
    this.#problem = why
    this.#options.output.add(pid, 'sluice', why)
    this.#options.onGivenUp(why)
    if (this.#parts.every(({ givenUp }) => givenUp)) this.#unscale()
  }

  #waitFor(part: Part, afterMs: number, problem: string | null, pid: number | null): void {
    if (problem !== null) this.#problem = problem
    const again = `Another one is started in ${secondsText(afterMs)}.`
    this.#options.output.add(pid, 'sluice', problem === null ? again : `${problem} ${again}`)
    part.retry = setTimeout(() => {
      part.retry = null
      if (!this.#parts.some(({ givenUp }) => givenUp)) this.#problem = null
      this.#reconcile()
    }, afterMs)
  }

  #say(running: Running, sentence: string): void {
    this.#options.output.add(running.worker.pid, 'sluice', sentence)
  }

  #end(): void {
    this.#stopping = true
    this.#problem = null
    this.#unscale()
    for (const part of this.#parts) {
      if (part.retry) clearTimeout(part.retry)
      part.retry = null
    }
  }

  #settle(): void {
    if (this.#running.size === 0) this.#resolveStopped()
    this.#options.onChange()
  }
}
