import type { Cost } from '../../domain/sample.ts'
import type { Traffic } from '../redis/traffic.ts'

const overMs = 60_000

interface Point {
  readonly at: number
  readonly commands: number
  readonly bytes: number
  readonly redisMs: number
}

/** What a connection costs by the second, over the last minute. */
export class CostMeter {
  #points: Point[] = []

  /** Notes how much there was by now; `now` is any clock in ms. Gives what that makes by the second. */
  note(now: number, traffic: Traffic, redisMs: number): Omit<Cost, 'everyMs' | 'heldBack'> {
    const point = { at: now, commands: traffic.commands, bytes: traffic.bytesIn + traffic.bytesOut, redisMs }
    // One point from before the last minute stays, so that there is always a minute to look back on.
    const old = this.#points.findLastIndex(({ at }) => at <= now - overMs)
    this.#points = [...this.#points.slice(Math.max(0, old)), point]
    const first = this.#points[0] ?? point
    const seconds = (point.at - first.at) / 1000
    const rate = (to: number, from: number) => (seconds > 0 ? Math.max(0, to - from) / seconds : 0)
    return {
      commandsPerSecond: round(rate(point.commands, first.commands)),
      redisMsPerSecond: round(rate(point.redisMs, first.redisMs)),
      bytesPerSecond: Math.round(rate(point.bytes, first.bytes)),
      sockets: traffic.sockets,
    }
  }
}

const round = (value: number) => Math.round(value * 100) / 100
