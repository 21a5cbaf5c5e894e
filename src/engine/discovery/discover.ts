import { asSluiceError } from '../../domain/errors.ts'
import { type QueueRef, queueKey, systemIdSchema } from '../../domain/queue.ts'
import type { Reader } from '../../systems/handles.ts'
import type { Hints, QueueSystem, SeenKey } from '../../systems/system.ts'
import { type Claim, settleClaims } from './claims.ts'
import type { Budget, Way } from './sweep.ts'
import { only, SweepAll, type Walked } from './sweep-all.ts'

/** A queue of an earlier time, and epoch ms of when its keys were last there. */
export interface Remembered {
  readonly queue: QueueRef
  readonly seenAt: number
}

/** Looks for the queues of one connection, again and again. */
export interface Discovery {
  /** All queues known: named by hand, found, or seen before. In the order of the systems, then by prefix and name. */
  queues(): readonly QueueRef[]
  /** One sentence on what could not be seen; null when all keys were. */
  partial(): string | null
  /**
   * Goes on with the sweep, or begins the next one. One round trip for every 1,000 keys, plus at most one a system.
   * Rejects as the reader does when Redis is away; what was known stays known.
   * @param masters those of a cluster, whose keys are walked at each; `reader` asks on about what was found
   * @returns whether the sweep reached its end
   */
  pass(reader: Reader, budget: Budget, masters?: readonly Walked[]): Promise<boolean>
  /** Drops a sweep that is under way, so that the next pass begins at the first key. */
  restart(): void
  /** The queues to remember for the next time the connection opens. */
  remembered(): Remembered[]
}

/** An absent key is an empty queue, so a queue is known for a week after its keys were last there. */
const rememberMs = 7 * 24 * 3_600_000
/** More queues than this are not followed: each costs a few commands every tick. */
const mostQueues = 5000
/** More keys than this are not held at once; what was found among them is settled, and the walk goes on. */
const mostKeys = 50_000
/** What single jobs are called: a number, a UUID or a long hexadecimal id behind the last colon. */
const jobName = /:(\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{12,})$/i

/**
 * @param hints asked again at each pass: a person may change them while the connection is open
 * @param before what an earlier run remembered
 * @param now epoch ms; a test may turn the clock
 */
export function createDiscovery(
  systems: readonly QueueSystem[],
  hints: () => Hints,
  before: readonly Remembered[] = [],
  now: () => number = Date.now,
): Discovery {
  const order = new Map<string, number>(systems.map((system, i) => [system.id, i]))
  const seenAt = new Map<string, Remembered>(before.map((entry) => [queueKey(entry.queue), entry]))
  const failures = new Map<string, string>()
  const way: Way = { scripted: true }
  let sweep: SweepAll | null = null
  /** Found among keys of this sweep that are held no longer. */
  let settled: Claim[] = []
  let found: Claim[] = []
  /** Found in the last sweep that reached its end. */
  let lastFound: Claim[] = []
  let complete = false
  let sorted: QueueRef[] = []
  let trouble: string | null = null

  const byHand = () =>
    hints().queues.flatMap(({ system, prefix, name }): Claim[] => {
      const id = systemIdSchema.safeParse(system)
      return id.success ? [{ queue: { system: id.data, prefix, name }, by: 'hand' }] : []
    })

  const wants = (key: SeenKey) => {
    const job = (key.type === 'hash' || key.type === 'string') && jobName.test(key.key)
    return systems.some((system) => (system.wants ? system.wants(key, hints()) : !job))
  }

  function settle(): void {
    const oldest = now() - rememberMs
    for (const [key, entry] of seenAt) if (entry.seenAt < oldest) seenAt.delete(key)
    const remembered = Array.from(seenAt.values(), ({ queue }): Claim => ({ queue, by: 'before' }))
    const standing = settleClaims([...byHand(), ...found, ...lastFound, ...remembered], systems, complete)
    sorted = standing.sort(
      (a, b) =>
        (order.get(a.system) ?? 0) - (order.get(b.system) ?? 0) ||
        compare(a.prefix, b.prefix) ||
        compare(a.name, b.name),
    )
  }

  async function detectAll(reader: Reader, keys: SweepAll['seen']): Promise<Claim[]> {
    const claims: Claim[] = []
    for (const system of systems) {
      try {
        for (const { queue } of await system.detect(keys, hints(), reader)) claims.push({ queue, by: 'seen' })
        failures.delete(system.id)
      } catch (error) {
        const known = asSluiceError(error)
        // Redis went away: the pass failed, not this system.
        if (known.code === 'CONNECTION_LOST' || known.code === 'COMMAND_TIMEOUT') throw known
        failures.set(system.id, `${system.label} queues could not be looked for: ${known.message}`)
      }
    }
    return claims
  }

  settle()

  return {
    queues: () => (sorted.length > mostQueues ? sorted.slice(0, mostQueues) : sorted),
    partial() {
      const parts: string[] = []
      if (sweep !== null && !complete) parts.push(progress(sweep))
      if (trouble !== null) parts.push(trouble)
      parts.push(...failures.values())
      if (sorted.length > mostQueues)
        parts.push(`Only ${count(mostQueues)} of ${count(sorted.length)} queues are shown.`)
      return parts.length > 0 ? parts.join(' ') : null
    },
    async pass(reader, budget, masters = only(reader)) {
      sweep ??= new SweepAll(wants, way)
      await sweep.pass(masters, budget)
      const here = await detectAll(reader, sweep.seen)
      const at = now()
      const handNamed = new Set(byHand().map(({ queue }) => queueKey(queue)))
      for (const { queue } of here) {
        const key = queueKey(queue)
        // A hint is no proof that the keys are there: it counts for as long as the profile holds it.
        if (!handNamed.has(key)) seenAt.set(key, { queue, seenAt: at })
      }
      found = [...settled, ...here]
      const done = sweep.done
      if (done) {
        complete = true
        lastFound = found
        trouble = troubleOf(sweep)
        sweep = null
        settled = []
      } else if (sweep.kept >= mostKeys) {
        settled = found
        sweep.forget()
      }
      settle()
      return done
    },
    restart() {
      sweep = null
      settled = []
      found = lastFound
    },
    remembered: () =>
      Array.from(seenAt.values())
        .sort((a, b) => b.seenAt - a.seenAt)
        .slice(0, mostQueues),
  }
}

/** Finds the queues of a connection once, in a sweep of its own that goes on until its end or until the budget is spent. */
export async function discoverOnce(
  reader: Reader,
  systems: readonly QueueSystem[],
  hints: Hints,
  budget: Budget,
  masters?: readonly Walked[],
): Promise<{ queues: readonly QueueRef[]; partial: string | null }> {
  const discovery = createDiscovery(systems, () => hints)
  await discovery.pass(reader, budget, masters)
  return { queues: discovery.queues(), partial: discovery.partial() }
}

function progress({ looked, size }: SweepAll): string {
  const of = size === null ? '' : ` of about ${count(Math.max(size, looked))}`
  return `Looked at ${count(looked)}${of} keys so far: more queues may appear.`
}

function troubleOf({ refused, forbidden, unreadable, away }: SweepAll): string | null {
  if (refused) return 'This Redis user may not run SCAN: only queues named in the profile, or seen before, are shown.'
  const parts: string[] = []
  if (away.length > 0) parts.push(`The keys of ${away.join(', ')} could not be looked at: queues there may be missing.`)
  if (forbidden > 0)
    parts.push(`This Redis user may not read ${count(forbidden)} of the keys: queues in them are missing.`)
  if (unreadable > 0) {
    const keys = unreadable === 1 ? '1 key has a name' : `${count(unreadable)} keys have names`
    parts.push(`${keys} of bytes that are no text: queues in them are missing.`)
  }
  return parts.length > 0 ? parts.join(' ') : null
}

const count = (n: number) => n.toLocaleString('en')
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** The hints that a profile holds. */
export function hintsOf(profile: { hints: Hints['queues']; trackedPrefix: string }): Hints {
  return { queues: profile.hints, trackedPrefix: profile.trackedPrefix }
}
