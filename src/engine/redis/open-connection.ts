import { SluiceError } from '../../domain/errors.ts'
import type { ConnectionStatus, Profile } from '../../domain/profile.ts'
import { openCluster } from './cluster/open-cluster.ts'
import type { Connection, Dedicated } from './connection.ts'
import { type Heartbeat, heartbeat as usualHeartbeat } from './keep-open.ts'
import { libraryOptions } from './library-options.ts'
import { openLink } from './link.ts'
import { Caveat, type Notices, noticingReader, noticingWriter } from './noticing.ts'
import { openServer } from './one-server.ts'
import type { Reach } from './reach/reach.ts'
import { openSubscription } from './subscription.ts'
import { createTraffic } from './traffic.ts'

/** A Connection as its keeper sees it: the one who opens, unlocks and closes it. */
export interface OpenConnection extends Connection {
  /** Resolves when the first attempt to reach Redis has succeeded or failed; never rejects. */
  readonly tried: Promise<void>
  /** Takes over the new name, colour, hints, environment and read-only flag; the address stays as it is. */
  update(profile: Profile): void
  /** Lets a production connection write until an epoch ms; throws READ_ONLY when its profile is read-only. */
  unlock(until: number): void
  /** Ends the permission to write now. Dedicated connections live on, so that a pool can finish the jobs it has. */
  lock(): void
  /**
   * Finds out at once whether Redis is still there, or tries at once to reach it: after sleep, say. Resolves when that is
   * known; never rejects.
   */
  check(): Promise<void>
  /** Drops all sockets; what is in flight is rejected. */
  close(): void
}

export interface OpenConnectionOptions {
  readonly profile: Profile
  /** How to come to its servers; closed with the connection. */
  readonly reach: Reach
  readonly heartbeat?: Heartbeat
}

/**
 * Opens a profile and keeps it open: reconnects for ever with back-off and says so in its status. Returns at once, in
 * status `connecting`. Cost: the log-in and one PING, then one PING each ten seconds; in a cluster at each master, and what
 * ClusterNodes says. It never writes by itself.
 */
export function openConnection(options: OpenConnectionOptions): OpenConnection {
  const { reach, heartbeat = usualHeartbeat } = options
  let { profile } = options
  let unlockedUntil: number | null = null
  let relock: NodeJS.Timeout | undefined
  let state: { status: ConnectionStatus['status']; since: number; problem: SluiceError | null; servers: string[] } = {
    ...{ status: 'connecting', since: Date.now() },
    ...{ problem: null, servers: [] },
  }
  const listeners = new Set<(status: ConnectionStatus) => void>()
  /** How to close what was opened besides reading and writing: dedicated connections and subscriptions. */
  const others = { dedicated: new Set<() => void>(), subscriptions: new Set<() => void>() }
  const traffic = createTraffic()

  const isOpen = () => state.status !== 'closed'
  const unlocked = () => unlockedUntil !== null && unlockedUntil > Date.now()
  const writable = () => isOpen() && !profile.readOnly && (profile.environment !== 'production' || unlocked())

  function status(): ConnectionStatus {
    const problem = state.problem ?? (state.status === 'ready' ? caveat.problem : null)
    return {
      ...{ connectionId: profile.id, status: state.status, since: state.since, servers: state.servers },
      ...{ problem: problem?.message ?? null, code: problem?.code ?? null, remedy: problem?.remedy ?? null },
      writable: writable(),
      unlockedUntil: unlocked() ? unlockedUntil : null,
    }
  }
  function tell() {
    for (const listener of listeners) listener(status())
  }
  /** The one place where the status changes; `since` is kept while only the problem or the servers differ. */
  function become(next: ConnectionStatus['status'], problem: SluiceError | null, servers: readonly string[]) {
    if (!isOpen()) return
    const same = problem?.message === state.problem?.message && problem?.code === state.problem?.code
    if (state.status === next && same && servers.join() === state.servers.join()) return
    state = { status: next, since: state.status === next ? state.since : Date.now(), problem, servers: [...servers] }
    if (next !== 'ready') caveat.clear()
    tell()
  }

  function demandWritable() {
    if (!isOpen()) throw new SluiceError('NOT_OPEN')
    if (writable()) return
    throw new SluiceError('READ_ONLY', profile.readOnly ? undefined : 'This production connection is locked.')
  }

  const caveat = new Caveat(tell)
  const notices: Notices = {
    onTrouble(problem) {
      if (['REDIS_FULL', 'REPLICA', 'REDIS_UNAVAILABLE'].includes(problem.code)) caveat.see(problem)
      if (!['REDIS_FULL', 'REPLICA'].includes(problem.code)) void servers.check()
    },
    onWell: (wrote) => caveat.well(wrote),
  }

  let firstAttemptEnded = () => {}
  const tried = new Promise<void>((resolve) => (firstAttemptEnded = resolve))
  const openServers = reach.topology.kind === 'cluster' ? openCluster : openServer
  const servers = openServers({
    reach,
    heartbeat,
    open: async (target, purpose, name) => traffic.watch(await openLink(target, purpose, name)),
    onState(next) {
      become(next.status, next.problem, next.servers)
      firstAttemptEnded()
    },
  })
  const reader = noticingReader(servers.reader, notices)

  function lock() {
    clearTimeout(relock)
    if (unlockedUntil === null) return
    unlockedUntil = null
    if (!writable()) servers.dropWriters()
    tell()
  }

  return {
    id: profile.id,
    get profile() {
      return profile
    },
    tried,
    reader,
    masters: () => servers.masters(),
    traffic: () => traffic.read(),
    status,
    onStatus(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    writer() {
      demandWritable()
      return noticingWriter(servers.writer(demandWritable), notices)
    },
    async dedicated(purpose, key): Promise<Dedicated> {
      demandWritable()
      const demand = () => {
        if (profile.readOnly) throw new SluiceError('READ_ONLY')
      }
      const dedicated = await servers.dedicated(purpose, demand, key)
      const close = () => {
        others.dedicated.delete(close)
        dedicated.close()
      }
      others.dedicated.add(close)
      if (!isOpen()) close()
      return { ...dedicated, close }
    },
    async clientOptions(purpose, wanted, key) {
      demandWritable()
      return libraryOptions({
        target: () => reach.target(key),
        name: purpose,
        wanted: () => wanted() && isOpen() && !profile.readOnly,
        ...(key === undefined ? {} : { key }),
      })
    },
    async subscribe(patterns, onMessage, onGap) {
      if (!isOpen()) throw new SluiceError('NOT_OPEN')
      const stop = await openSubscription({ open: () => servers.openEvents(), patterns, onMessage, onGap, heartbeat })
      others.subscriptions.add(stop)
      if (!isOpen()) stop()
      return async () => {
        others.subscriptions.delete(stop)
        stop()
      }
    },
    update(next) {
      profile = next
      if (!writable()) servers.dropWriters()
      if (profile.readOnly) for (const close of others.dedicated) close()
      tell()
    },
    unlock(until) {
      if (profile.readOnly) throw new SluiceError('READ_ONLY')
      clearTimeout(relock)
      unlockedUntil = until
      relock = setTimeout(lock, Math.max(0, until - Date.now()))
      tell()
    },
    lock,
    check: () => servers.check(),
    close() {
      if (!isOpen()) return
      clearTimeout(relock)
      unlockedUntil = null
      become('closed', null, [])
      firstAttemptEnded()
      caveat.clear()
      servers.stop()
      reach.close()
      for (const close of [...others.dedicated, ...others.subscriptions]) close()
    },
  }
}
