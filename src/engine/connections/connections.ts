import { join } from 'node:path'
import { z } from 'zod'
import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import type { ConnectionStatus, Profile, SecretName } from '../../domain/profile.ts'
import { Feed, latestOnly } from '../feed.ts'
import type { Journal } from '../journal/journal.ts'
import { writeFileAtomic } from '../profiles/atomic-file.ts'
import { readKeptFile } from '../profiles/kept-file.ts'
import { oneAtATime } from '../profiles/one-at-a-time.ts'
import type { ProfileStore } from '../profiles/profile-store.ts'
import { secretOf } from '../profiles/secret-of.ts'
import type { SecretStore } from '../profiles/secret-store.ts'
import type { Connection } from '../redis/connection.ts'
import { type OpenConnection, openConnection } from '../redis/open-connection.ts'
import { reachOf } from '../redis/reach/reach.ts'
import type { SshTunnels } from '../ssh/ssh-tunnels.ts'
import { watchNetwork } from './network-watch.ts'
import { createOutsideUrls } from './outside-urls.ts'

/** The profiles that are open, and the permission to write to production ones. */
export interface Connections {
  /**
   * Opens a profile and waits until the first attempt to reach it has succeeded or failed; the status says which. Does
   * nothing when it is open. Throws NOT_FOUND, BAD_URL.
   */
  open(id: string): Promise<ConnectionStatus>
  /** Closes a profile, for the next start too. */
  close(id: string): Promise<ConnectionStatus>
  /** Throws NOT_OPEN. */
  get(id: string): Connection
  list(): Connection[]
  /**
   * Where a program that connects by itself finds the Redis of a profile, with its password: of a Sentinel's group the
   * master of now, of a cluster one of its nodes, behind SSH a port of this computer that leads there as long as the
   * profile is open. Throws NOT_FOUND, and what the way there throws (SECRET_MISSING, NO_MASTER, SSH_FAILED).
   */
  urlOf(id: string): Promise<string>
  /** Of every profile, open or not. */
  statuses(): ConnectionStatus[]
  /** All statuses, at each change of one. */
  readonly feed: Feed<ConnectionStatus[]>
  /** Calls back for each connection that opens (reachable or not); returns how to stop. */
  onOpen(listener: (connection: Connection) => void): () => void
  /** Calls back for each connection that was closed; returns how to stop. */
  onClose(listener: (connection: Connection) => void): () => void
  /**
   * Lets a production connection write for some minutes (1 to 120), and writes down why. It ends by itself, by `lock` and
   * when the connection is closed. Throws CONFIRMATION_NEEDED unless the name of its profile was typed exactly, READ_ONLY
   * for a read-only profile, NOT_OPEN, INVALID_INPUT, DISK_FAILED: what cannot be written down is not unlocked.
   */
  unlock(id: string, typedName: string, minutes: number, reason: string): Promise<ConnectionStatus>
  lock(id: string): ConnectionStatus
  /**
   * Tries at once to reach a profile that is away, or looks at once whether it is still there, and waits for what that
   * tells. Throws NOT_OPEN.
   */
  retry(id: string): Promise<ConnectionStatus>
  /** Tries again at once what failed for want of a person: a host key was trusted, say. */
  retryFailed(): void
  /** Looks at once whether every open Redis is still there: when the computer woke up, say. A network that changed is noticed here. */
  check(): void
  /** Opens what was open when the app last ended; at the very first start, the built-in profile. */
  reopen(): Promise<void>
  /** Closes all, and remembers them for `reopen`. */
  closeAll(): Promise<void>
}

export interface ConnectionsOptions {
  readonly profiles: ProfileStore
  readonly secrets: SecretStore
  readonly ssh: SshTunnels
  /** Where unlocks are written down. */
  readonly journal: Pick<Journal, 'begin' | 'end'>
  /** Where `open.json` is kept: which profiles are open. */
  readonly folder: string
  /** The private server that the app runs, when it runs one. */
  readonly builtIn?: { readonly profile: Profile; readonly password: string }
  /** Told in a sentence when the open profiles cannot be remembered. */
  readonly warn?: (sentence: string) => void
}

const fileSchema = z.object({ version: z.literal(1), open: z.array(z.string()) })
const minuteMs = 60_000

export function createConnections(options: ConnectionsOptions): Connections {
  const { profiles, secrets, ssh, journal, builtIn, warn = () => {} } = options
  const file = join(options.folder, 'open.json')
  const inTurn = oneAtATime()
  const open = new Map<string, OpenConnection>()
  /** Epoch ms since when a profile is closed; the others are closed since the start. */
  const closedSince = new Map<string, number>()
  const startedAt = Date.now()
  const listeners = { open: new Set<(c: Connection) => void>(), close: new Set<(c: Connection) => void>() }
  const feed = new Feed<ConnectionStatus[]>(latestOnly)

  const all = () => [...(builtIn ? [builtIn.profile] : []), ...profiles.list()]
  const find = (id: string) => all().find((profile) => profile.id === id)

  function profileOf(id: string): Profile {
    const profile = find(id)
    if (!profile) throw new SluiceError('NOT_FOUND', 'That profile is no longer there.')
    return profile
  }

  function opened(id: string): OpenConnection {
    const connection = open.get(id)
    if (!connection) throw new SluiceError('NOT_OPEN')
    return connection
  }

  function statusOf(id: string): ConnectionStatus {
    const since = closedSince.get(id) ?? startedAt
    const closed = {
      connectionId: id,
      status: 'closed',
      since,
      ...{ problem: null, code: null, remedy: null, servers: [] },
      writable: false,
      unlockedUntil: null,
    } as const
    return open.get(id)?.status() ?? closed
  }

  const statuses = () => all().map(({ id }) => statusOf(id))
  const tell = () => feed.publish(statuses())

  function remember(): Promise<void> {
    const text = () => `${JSON.stringify({ version: 1, open: [...open.keys()] })}\n`
    return inTurn(() => writeFileAtomic(file, text())).catch((error: SluiceError) => warn(error.message))
  }

  const secret = (id: string) => async (name: SecretName) => {
    if (builtIn?.profile.id !== id) return secretOf(profileOf(id), name, secrets)
    return name === 'password' ? builtIn.password : null
  }
  const reachTo = (profile: Profile) => reachOf({ profile, secret: secret(profile.id), ssh })
  const outside = createOutsideUrls({ reachTo })

  function start(id: string): OpenConnection {
    const existing = open.get(id)
    if (existing) return existing
    const profile = profileOf(id)
    const connection = openConnection({ profile, reach: reachTo(profile) })
    open.set(id, connection)
    connection.onStatus(tell)
    for (const listener of listeners.open) listener(connection)
    tell()
    return connection
  }

  function end(id: string) {
    const connection = open.get(id)
    if (!connection) return
    open.delete(id)
    closedSince.set(id, Date.now())
    connection.close()
    outside.forget(id)
    ssh.close(id)
    for (const listener of listeners.close) listener(connection)
    tell()
  }

  const stopFollowing = profiles.onChange((change) => {
    if (change.type === 'removed') {
      end(change.id)
      closedSince.delete(change.id)
      void remember()
    } else if (!change.elsewhere) {
      open.get(change.profile.id)?.update(change.profile)
    } else if (open.has(change.profile.id)) {
      end(change.profile.id)
      start(change.profile.id)
    }
    tell()
  })

  /** Those that wait for somebody to mend something here. */
  function retryFailed() {
    for (const connection of open.values()) if (connection.status().status === 'failed') void connection.check()
  }
  const stopWatching = secrets.onChange(({ locked }) => !locked && retryFailed())
  function check() {
    for (const connection of open.values()) void connection.check()
  }
  const stopNetwork = watchNetwork(check)

  function listen(listener: (connection: Connection) => void, to: Set<(connection: Connection) => void>) {
    to.add(listener)
    return () => void to.delete(listener)
  }

  return {
    feed,
    statuses,
    get: opened,
    urlOf: async (id) => outside.urlOf(profileOf(id)),
    retryFailed,
    async retry(id) {
      const connection = opened(id)
      await connection.check()
      return statusOf(id)
    },
    list: () => [...open.values()],
    async open(id) {
      const connection = start(id)
      await remember()
      await connection.tried
      return statusOf(id)
    },
    async close(id) {
      profileOf(id)
      end(id)
      await remember()
      return statusOf(id)
    },
    onOpen: (listener) => listen(listener, listeners.open),
    onClose: (listener) => listen(listener, listeners.close),
    async unlock(id, typedName, minutes, reason) {
      const connection = opened(id)
      const { name, environment, readOnly } = connection.profile
      if (!Number.isInteger(minutes) || minutes < 1 || minutes > 120) {
        throw new SluiceError('INVALID_INPUT', 'An unlock lasts from 1 to 120 minutes.')
      }
      if (reason.trim() === '') throw new SluiceError('INVALID_INPUT', 'Say why you unlock it.')
      if (typedName.normalize('NFC') !== name.normalize('NFC')) {
        throw new SluiceError(
          'CONFIRMATION_NEEDED',
          `To write to it, type the name of this connection exactly: ${name}`,
        )
      }
      if (readOnly) throw new SluiceError('READ_ONLY')
      const entry = await journal.begin({
        ...{
          connectionId: id,
          profileName: name,
          environment,
          action: 'unlock',
          queue: null,
          state: '',
          stateLabel: '',
        },
        detail: `for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`,
        ...{ trash: null, reason: reason.trim(), before: null },
      })
      let error: SluiceError | null = null
      try {
        // It may have been closed or changed while the disk was at work.
        if (opened(id) !== connection) throw new SluiceError('NOT_OPEN')
        connection.unlock(Date.now() + minutes * minuteMs)
      } catch (thrown) {
        error = asSluiceError(thrown)
      }
      await journal
        .end(entry, { done: 0, missing: 0, refused: 0, error: error?.message ?? null, after: null })
        .catch(() => {
          // that it was meant to be unlocked is written down
        })
      if (error !== null) throw error
      return connection.status()
    },
    lock(id) {
      const connection = opened(id)
      connection.lock()
      return connection.status()
    },
    check,
    async reopen() {
      const { contents, notice } = await readKeptFile(file, fileSchema)
      if (notice !== null) warn(notice)
      const first = builtIn ? [builtIn.profile.id] : []
      for (const id of contents?.open ?? first) {
        const profile = find(id)
        if (!profile) continue
        try {
          start(id)
        } catch (error) {
          warn(`${profile.name} could not be opened: ${asSluiceError(error).message}`) // its URL was changed by hand
        }
      }
    },
    async closeAll() {
      stopFollowing()
      stopWatching()
      stopNetwork()
      await inTurn(async () => {}) // what is remembered by now is what will be opened again
      for (const id of [...open.keys()]) end(id)
    },
  }
}
