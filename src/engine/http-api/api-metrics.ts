import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Sample } from '../../domain/sample.ts'

/**
 * What Prometheus may ask, in a registry of its own. Depths of queues come from the last sample: asking costs Redis
 * nothing. `lastSample` is that of the connection which the API is about.
 */
export class ApiMetrics {
  readonly #registry = new Registry()
  readonly #calls: Counter<'route' | 'status'>
  readonly #seconds: Histogram<'route'>

  constructor(lastSample: () => Sample | null) {
    const registers = [this.#registry]
    this.#calls = new Counter({
      name: 'sluice_api_calls_total',
      help: 'Calls of the HTTP API by what was asked and the status of the answer',
      labelNames: ['route', 'status'],
      registers,
    })
    this.#seconds = new Histogram({
      name: 'sluice_api_call_seconds',
      help: 'How long the HTTP API took to answer',
      labelNames: ['route'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    })
    new Gauge({
      name: 'sluice_queue_jobs',
      help: 'Jobs of a queue by state, at the last sample',
      labelNames: ['system', 'queue', 'state'],
      registers,
      collect() {
        this.reset()
        for (const { queue, states } of lastSample()?.queues ?? []) {
          const name = queue.prefix + queue.name
          for (const [state, count] of Object.entries(states))
            this.set({ system: queue.system, queue: name, state }, count)
        }
      },
    })
    new Gauge({
      name: 'sluice_sample_timestamp_seconds',
      help: 'When the last sample was taken; 0 before the first',
      registers,
      collect() {
        this.set((lastSample()?.at ?? 0) / 1000)
      },
    })
  }

  count(route: string, status: number, seconds: number): void {
    this.#calls.inc({ route, status: String(status) })
    this.#seconds.observe({ route }, seconds)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
