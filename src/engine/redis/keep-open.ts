import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import { within } from '../within.ts'
import { waitAfter } from './back-off.ts'
import type { Link } from './link.ts'

/** How a link is watched: a PING every so often, and how long Redis may take to answer it. */
export interface Heartbeat {
  readonly everyMs: number
  readonly timeoutMs: number
}

/**
 * A peer that vanished (a sleeping laptop, a VPN that went) leaves the socket open and silent for many minutes; only
 * asking finds out. Both together stay under ten seconds: nobody waits longer for a write to be told as unknown.
 */
export const heartbeat: Heartbeat = { everyMs: 5_000, timeoutMs: 3_000 }

/** A link that lived this long was a good one: the next attempts begin with a short wait again. */
const steadyMs = 2_000

/**
 * An attempt that takes far longer than the last good one did hangs on something that may be over by now (a network that
 * was away): most are given up after a few times as long, and every fourth may take all the time it needs.
 */
const hasty = { times: 4, leastMs: 2_000, butEvery: 4 }

/** How often a Redis that answers but does not serve (it loads its data, say) is asked whether it does now. */
const unwillingEveryMs = 500

/** A link that is opened again whenever it is lost, until `stop`. */
export interface KeptOpen {
  /** The link while it is open and set up, and Redis serves; else null. */
  readonly link: Link | null
  /**
   * Asks Redis at once if it is there, or tries at once to reach it: after sleep, or when a person says "now". Resolves
   * when it is known whether it is; never rejects.
   */
  check(): Promise<void>
  stop(): void
}

export interface KeepOpenOptions {
  open(): Promise<Link>
  /** Called with each new link, before it counts as open; when it throws, the attempt failed. */
  setUp?(link: Link): Promise<void>
  onOpen(): void
  /** Called when a link is lost, when Redis stops to serve over it, and after each failed attempt. */
  onLost(problem: SluiceError): void
  readonly heartbeat: Heartbeat
}

/**
 * Keeps a link open for ever: opens it, watches it by PING, and opens it again with back-off when it is lost. A Redis that
 * answers but does not serve keeps its link; it is asked each half second until it does.
 */
export function keepOpen({ open, setUp, onOpen, onLost, heartbeat }: KeepOpenOptions): KeptOpen {
  let current: Link | null = null
  let serving = false
  let stopped = false
  let failures = 0
  /** How long the last good attempt took, ms. */
  let openedIn: number | null = null
  let wake = () => {}
  /** Those who wait for the end of the attempt, or of the PING, that is next. */
  let waiting: (() => void)[] = []

  function known() {
    const those = waiting
    waiting = []
    for (const tell of those) tell()
  }

  /** Waits for `ms`, or until somebody wakes it; with null, for that alone. */
  function rest(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Stays with a link until it is lost, and tells whenever Redis begins to serve over it, or stops. */
  async function stayWith(link: Link): Promise<SluiceError> {
    const end: { problem: SluiceError | null } = { problem: null }
    const lost = link.lost.then((problem) => {
      end.problem = problem
      wake()
    })
    let isSetUp = false
    let told: string | null = null
    while (end.problem === null) {
      const { unwilling } = link
      if (unwilling === null && !isSetUp) {
        await setUp?.(link).catch((error) => link.drop(asSluiceError(error)))
        isSetUp = true
        if (!link.open) await lost
        continue
      }
      if (unwilling === null && !serving) {
        serving = true
        told = null
        onOpen()
      } else if (unwilling !== null && told !== unwilling.message) {
        serving = false
        told = unwilling.message
        onLost(unwilling)
      }
      known()
      await rest(unwilling === null ? heartbeat.everyMs : unwillingEveryMs)
      if (end.problem === null) await link.ping(heartbeat.timeoutMs).catch(() => {}) // a failed PING drops the link
      if (!link.open) await lost
    }
    return end.problem
  }

  async function attempt(): Promise<Link> {
    const began = performance.now()
    const opening = open()
    if (openedIn !== null && failures % hasty.butEvery !== 0) {
      const enough = await within(Math.max(hasty.leastMs, openedIn * hasty.times), opening)
      if (!enough) {
        opening.then(
          (link) => link.drop(),
          () => {}, // nobody waits for it
        )
        throw new SluiceError('CONNECT_TIMEOUT')
      }
    }
    const link = await opening
    openedIn = performance.now() - began
    return link
  }

  /** Opens a link and stays until it is lost; tells why, and whether it had been a good one. */
  async function once(): Promise<{ problem: SluiceError; steady: boolean }> {
    try {
      const link = await attempt()
      if (stopped) link.drop()
      else current = link
      const opened = performance.now()
      const problem = current === null ? await link.lost : await stayWith(link)
      return { problem, steady: serving && performance.now() - opened > steadyMs }
    } catch (error) {
      return { problem: asSluiceError(error), steady: false }
    } finally {
      current = null
      serving = false
    }
  }

  async function run() {
    while (!stopped) {
      const { problem, steady } = await once()
      if (stopped) break
      failures = steady ? 1 : failures + 1
      onLost(problem)
      known()
      await rest(waitAfter(problem, failures))
    }
    known()
  }
  void run()

  return {
    get link() {
      return serving && current?.open ? current : null
    },
    check() {
      if (stopped) return Promise.resolve()
      const end = new Promise<void>((resolve) => waiting.push(resolve))
      wake()
      return end
    },
    stop() {
      stopped = true
      current?.drop()
      wake()
    },
  }
}
