import { setMaxListeners } from 'node:events'
import { SluiceError } from '../../../domain/errors.ts'
import type { Endpoint, Topology } from '../../../domain/profile.ts'
import type { Target } from '../client-options.ts'
import type { KeptOpen } from '../keep-open.ts'
import { openLink } from '../link.ts'
import { sameEndpoint } from './ask-sentinel.ts'
import { type FoundMaster, findMaster } from './find-master.ts'
import { inTurn } from './in-turn.ts'
import type { Reach, Ways } from './reach.ts'
import { watchSentinels } from './watch-sentinels.ts'

/** How long a Sentinel may go on naming a master that was replaced; it hears of the new one within seconds. */
const hearsayMs = 30_000

/**
 * The way to the master of a group. A failover is followed twice over: the Sentinels cut all clients of the old master
 * when they make it a replica, and who is cut asks anew; and while the old one is out of their reach, but not of ours,
 * one socket listens at a Sentinel, and a new master supersedes all targets that lead to the old one.
 */
export function sentinelReach(
  topology: Topology & { kind: 'sentinel' },
  first: Endpoint,
  { redis, sentinel }: Ways,
): Reach {
  const group = topology.master
  let sentinels: Endpoint[] = withoutTwins([first, ...topology.others])
  let current: { master: Endpoint; superseded: AbortController } | null = null
  let replaced: { master: Endpoint; until: number } | null = null
  let finding: Promise<FoundMaster> | null = null
  let watch: KeptOpen | null = null
  let closed = false

  const isReplaced = (master: Endpoint) =>
    replaced !== null && replaced.until > Date.now() && sameEndpoint(replaced.master, master)

  /** All who want to know at the same time ask together. */
  function find(): Promise<FoundMaster> {
    const question = { group, sentinels, sentinelTarget: sentinel, masterTarget: redis, isReplaced }
    finding ??= findMaster(question).finally(() => (finding = null))
    return finding
  }

  function supersede() {
    current?.superseded.abort(new SluiceError('CONNECTION_LOST', 'The Sentinels named another master.'))
    current = null
  }

  /** Takes note of who the master is now; what leads to another one is superseded. */
  function note(found: FoundMaster): AbortSignal {
    sentinels = withoutTwins([...sentinels, ...found.sentinels])
    if (current && !sameEndpoint(current.master, found.master)) supersede()
    if (current === null) {
      current = { master: found.master, superseded: new AbortController() }
      setMaxListeners(0, current.superseded.signal) // each socket listens
    }
    return current.superseded.signal
  }

  function listen(): KeptOpen {
    return watchSentinels({
      group,
      open: () => inTurn(sentinels, async (each) => openLink(await sentinel(each), 'events', 'sentinel')),
      onSwitch(before, now) {
        replaced = { master: before, until: Date.now() + hearsayMs }
        if (current && !sameEndpoint(current.master, now)) supersede()
      },
      onGap: () => void find().then(note, () => {}),
    })
  }

  return {
    topology,
    async target(): Promise<Target> {
      const found = await find()
      const superseded = note(found)
      if (!closed) watch ??= listen()
      // Who came through may have mended what it waits for.
      if (watch?.link === null) void watch.check()
      return { ...found.target, superseded }
    },
    targetOf: redis,
    close() {
      closed = true
      watch?.stop()
    },
  }
}

function withoutTwins(endpoints: readonly Endpoint[]): Endpoint[] {
  return endpoints.filter((each, at) => endpoints.findIndex((other) => sameEndpoint(each, other)) === at)
}
