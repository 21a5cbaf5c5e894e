import { asSluiceError, type SluiceError } from '../../domain/errors.ts'
import { backOffMs } from './back-off.ts'
import type { Link } from './link.ts'

/** How a link is watched: a PING every so often, and how long Redis may take to answer it. */
export interface Heartbeat {
  readonly everyMs: number
  readonly timeoutMs: number
}

/**
 * A peer that vanished (a sleeping laptop, a VPN that went) leaves the socket open and silent for many minutes; only
 * asking finds out.
 */
export const heartbeat: Heartbeat = { everyMs: 10_000, timeoutMs: 4_000 }

/** A link that lived this long was a good one: the next attempts begin with a short wait again. */
const steadyMs = 10_000

/** A link that is opened again whenever it is lost, until `stop`. */
export interface KeptOpen {
  /** The link while it is open and set up, else null. */
  readonly link: Link | null
  /** Asks Redis at once if it is there, or tries at once to reach it: after sleep, or when a person says "now". */
  check(): void
  stop(): void
}

export interface KeepOpenOptions {
  open(): Promise<Link>
  /** Called with each new link, before it counts as open; when it throws, the attempt failed. */
  setUp?(link: Link): Promise<void>
  onOpen(): void
  /** Called when a link is lost and after each failed attempt. */
  onLost(problem: SluiceError): void
  readonly heartbeat: Heartbeat
}

/** Keeps a link open for ever: opens it, watches it by PING, and opens it again with back-off when it is lost. */
export function keepOpen({ open, setUp, onOpen, onLost, heartbeat }: KeepOpenOptions): KeptOpen {
  let current: Link | null = null
  let stopped = false
  let wake = () => {}

  function rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Opens a link and stays until it is lost; tells why, and whether it had been a good one. */
  async function once(): Promise<{ problem: SluiceError; steady: boolean }> {
    let link: Link | null = null
    try {
      link = await open()
      if (!stopped) await setUp?.(link)
    } catch (error) {
      const problem = asSluiceError(error)
      link?.drop(problem)
      return { problem, steady: false }
    }
    if (stopped) link.drop()
    else {
      current = link
      onOpen()
    }
    const opened = performance.now()
    const beat = setInterval(() => link.ping(heartbeat.timeoutMs).catch(() => {}), heartbeat.everyMs)
    const problem = await link.lost
    clearInterval(beat)
    current = null
    return { problem, steady: performance.now() - opened > steadyMs }
  }

  async function run() {
    let failures = 0
    while (!stopped) {
      const { problem, steady } = await once()
      if (stopped) return
      failures = steady ? 1 : failures + 1
      onLost(problem)
      await rest(backOffMs(failures, problem.retryable))
    }
  }
  void run()

  return {
    get link() {
      return current?.open ? current : null
    },
    check() {
      if (current)
        current.ping(heartbeat.timeoutMs).catch(() => {}) // a failed PING drops the link, which `once` sees
      else wake()
    },
    stop() {
      stopped = true
      current?.drop()
      wake()
    },
  }
}
