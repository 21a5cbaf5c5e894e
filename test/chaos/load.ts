import type { ListSystem } from '../../src/domain/pool.ts'
import type { Random } from '../../src/engine/demo/random.ts'
import { brokenJob, type ChaosJob, chaosJob } from './job.ts'

/** Jobs of all kinds for a soak: most go well, some fail once or always, some are equal to others, some are no jobs. */
export class Load {
  #count = 0

  constructor(
    private readonly system: ListSystem,
    private readonly random: Random,
  ) {}

  next(count: number): ChaosJob[] {
    return Array.from({ length: count }, () => this.#one())
  }

  #one(): ChaosJob {
    this.#count++
    const draw = this.random.next()
    if (draw < 0.03) return brokenJob(this.#count)
    const fate = draw < 0.1 ? 'flaky' : draw < 0.13 ? 'doomed' : 'plain'
    // Of every fate there are jobs that equal each other to the byte.
    const id = this.random.chance(0.04) ? `twin of the ${fate}` : String(this.#count)
    return chaosJob(this.system, fate, id)
  }
}
