import { SluiceError } from '../../domain/errors.ts'
import type { ConnectionStatus, Profile } from '../../domain/profile.ts'
import type { Purpose } from './client-options.ts'
import type { Connection, Dedicated } from './connection.ts'
import { openDedicated } from './dedicated.ts'
import { createReader, createWriter } from './handles.ts'
import { type Heartbeat, keepOpen, heartbeat as usualHeartbeat } from './keep-open.ts'
import { libraryOptions } from './library-options.ts'
import { type Link, openLink } from './link.ts'
import { OnDemandLink } from './on-demand-link.ts'
import { parseRedisUrl } from './redis-url.ts'
import { openSubscription } from './subscription.ts'

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
  /** Finds out at once whether Redis is still there, or tries at once to reach it: after sleep, say. */
  check(): void
  /** Drops all sockets; what is in flight is rejected. */
  close(): void
}

export interface OpenConnectionOptions {
  readonly profile: Profile
  /** Asked at each attempt, so that a password entered anew is used; may throw SECRET_MISSING. */
  password(): Promise<string | null>
  readonly heartbeat?: Heartbeat
  /** PEM certificates to trust in place of Node's list. */
  readonly ca?: string
}

/**
 * Opens a profile and keeps it open: reconnects for ever with back-off and says so in its status. Returns at once, in
 * status `connecting`; throws BAD_URL. Cost: the log-in and one PING, then one PING each ten seconds; it never writes
 * by itself.
 */
export function openConnection(options: OpenConnectionOptions): OpenConnection {
  const { password, ca, heartbeat = usualHeartbeat } = options
  const { address } = parseRedisUrl(options.profile.url)
  let { profile } = options
  let unlockedUntil: number | null = null
  let relock: NodeJS.Timeout | undefined
  let state: Pick<ConnectionStatus, 'status' | 'since' | 'problem'> = {
    status: 'connecting',
    since: Date.now(),
    problem: null,
  }
  const listeners = new Set<(status: ConnectionStatus) => void>()
  /** How to close what was opened besides the two links: dedicated connections and subscriptions. */
  const others = { dedicated: new Set<() => void>(), subscriptions: new Set<() => void>() }

  const target = async () => ({ address, password: await password(), ...(ca === undefined ? {} : { ca }) })
  const open = async (purpose: Purpose, name?: string) => openLink(await target(), purpose, name)

  const isOpen = () => state.status !== 'closed'
  const unlocked = () => unlockedUntil !== null && unlockedUntil > Date.now()
  const writable = () => isOpen() && !profile.readOnly && (profile.environment !== 'production' || unlocked())

  function status(): ConnectionStatus {
    return {
      connectionId: profile.id,
      ...state,
      writable: writable(),
      unlockedUntil: unlocked() ? unlockedUntil : null,
    }
  }
  function tell() {
    for (const listener of listeners) listener(status())
  }
  /** The one place where the status changes; `since` is kept while only the problem differs. */
  function become(next: ConnectionStatus['status'], problem: string | null) {
    if (!isOpen() || (state.status === next && state.problem === problem)) return
    state = { status: next, since: state.status === next ? state.since : Date.now(), problem }
    tell()
  }

  function demandWritable() {
    if (!isOpen()) throw new SluiceError('NOT_OPEN')
    if (writable()) return
    throw new SluiceError('READ_ONLY', profile.readOnly ? undefined : 'This production connection is locked.')
  }
  function readingLink(): Link {
    if (!isOpen()) throw new SluiceError('NOT_OPEN')
    if (reading.link) return reading.link
    throw new SluiceError('CONNECTION_LOST', state.problem ?? undefined)
  }

  let firstAttemptEnded = () => {}
  const tried = new Promise<void>((resolve) => (firstAttemptEnded = resolve))
  const writing = new OnDemandLink(() => open('write'))
  const reading = keepOpen({
    open: () => open('read'),
    heartbeat,
    onOpen() {
      become('ready', null)
      firstAttemptEnded()
    },
    onLost(problem) {
      writing.drop()
      become(problem.retryable ? 'reconnecting' : 'failed', problem.message)
      firstAttemptEnded()
    },
  })

  function lock() {
    clearTimeout(relock)
    if (unlockedUntil === null) return
    unlockedUntil = null
    if (!writable()) writing.drop()
    tell()
  }

  return {
    id: profile.id,
    get profile() {
      return profile
    },
    tried,
    reader: createReader(readingLink),
    status,
    onStatus(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    writer() {
      demandWritable()
      return createWriter(async () => {
        demandWritable() // again at each call: the handle may outlive the permission
        readingLink() // while Redis is away a write fails at once, and does not wait for it to come back
        return writing.get()
      })
    },
    async dedicated(purpose): Promise<Dedicated> {
      demandWritable()
      const dedicated = await openDedicated(async () => {
        if (profile.readOnly) throw new SluiceError('READ_ONLY')
        return open('dedicated', purpose)
      })
      const close = () => {
        others.dedicated.delete(close)
        dedicated.close()
      }
      others.dedicated.add(close)
      if (!isOpen()) close()
      return { ...dedicated, close }
    },
    async clientOptions(purpose, wanted) {
      demandWritable()
      return libraryOptions(await target(), purpose, () => wanted() && isOpen() && !profile.readOnly)
    },
    async subscribe(patterns, onMessage, onGap) {
      if (!isOpen()) throw new SluiceError('NOT_OPEN')
      const stop = await openSubscription({ open: () => open('events'), patterns, onMessage, onGap, heartbeat })
      others.subscriptions.add(stop)
      if (!isOpen()) stop()
      return async () => {
        others.subscriptions.delete(stop)
        stop()
      }
    },
    update(next) {
      profile = next
      if (!writable()) writing.drop()
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
    check: () => reading.check(),
    close() {
      if (!isOpen()) return
      clearTimeout(relock)
      unlockedUntil = null
      become('closed', null)
      firstAttemptEnded()
      reading.stop()
      writing.close()
      for (const close of [...others.dedicated, ...others.subscriptions]) close()
    },
  }
}
