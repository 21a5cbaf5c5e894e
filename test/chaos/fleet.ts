import type { Random } from '../../src/engine/demo/random.ts'
import { type RunnerOptions, redisWasAway } from './runner-options.ts'
import type { RunnerProgram, WorkerProcess } from './worker-process.ts'

/** A number of worker processes that is kept up: for each that ends another one starts. */
export class Fleet {
  /** Processes that were killed while they worked. */
  kills = 0
  /** Processes that stood still for longer than their lease and then went on. */
  stops = 0
  /** Processes that ended by themselves, as only a fault of their own makes them. */
  crashes = 0
  readonly #workers = new Set<WorkerProcess>()
  readonly #frozen = new Set<WorkerProcess>()
  #slots: Promise<void>[] = []
  #on = true

  constructor(
    private readonly program: RunnerProgram,
    private readonly options: RunnerOptions,
    private readonly random: Random,
  ) {}

  start(count: number): void {
    this.#on = true
    this.#slots = Array.from({ length: count }, () => this.#keepOne())
  }

  /** Kills one that works, as soon as there is one; now and then one that has only begun to start, uncounted. */
  async kill(): Promise<void> {
    const starting = this.random.chance(0.1) ? this.#any(({ isReady }) => !isReady) : undefined
    const worker = starting ?? (await this.working())
    if (worker.isReady) this.kills++
    worker.signal('SIGKILL')
    await worker.exit
  }

  /** Lets one stand still for so long. */
  async freeze(ms: number): Promise<void> {
    const worker = await this.working()
    this.#frozen.add(worker)
    worker.signal('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, ms))
    this.#frozen.delete(worker)
    this.stops++
    worker.signal('SIGCONT')
  }

  /** Lets all finish in good order; starts none any more. */
  async end(): Promise<void> {
    this.#on = false
    for (const worker of this.#workers) worker.signal('SIGTERM')
    await Promise.all(this.#slots)
  }

  /** One that works and is not frozen, as soon as there is one. */
  async working(): Promise<WorkerProcess> {
    for (;;) {
      const worker = this.#any(({ isReady }) => isReady)
      if (worker !== undefined) return worker
      const coming = [...this.#workers].filter(({ isReady }) => !isReady)
      await Promise.race([...coming.map(({ ready, exit }) => ready.catch(() => exit)), this.#thawed()])
    }
  }

  #thawed(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 50))
  }

  #any(fits: (worker: WorkerProcess) => boolean): WorkerProcess | undefined {
    const fitting = [...this.#workers].filter(
      (worker) => !worker.hasExited && !this.#frozen.has(worker) && fits(worker),
    )
    return fitting[this.random.int(0, Math.max(0, fitting.length - 1))]
  }

  async #keepOne(): Promise<void> {
    while (this.#on) {
      const worker = this.program.start(this.options)
      this.#workers.add(worker)
      const { code } = await worker.exit
      this.#workers.delete(worker)
      if (code !== null && code !== 0 && code !== redisWasAway) this.crashes++
    }
  }
}
