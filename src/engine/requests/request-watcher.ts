import { asSluiceError, isRefused } from '../../domain/errors.ts'
import { type QueueRef, queueKey } from '../../domain/queue.ts'
import type { TrackedRequest } from '../../domain/request.ts'
import { channelPattern, hashOfChannel } from '../../systems/request-tracker/keys.ts'
import { Alarm } from '../alarm.ts'
import { Feed } from '../feed.ts'
import type { Connection } from '../redis/connection.ts'
import { FollowedRequests } from './followed-requests.ts'
import { newestHashes, readRequests, type Tracked, timesToLive } from './read-requests.ts'
import { coalesceRequests, type RequestsEvent } from './request-events.ts'

/** At most 10 batches a second leave, whatever the number of messages. */
const flushEveryMs = 100
/** Requests read into one batch: keeps a flush to a few ms; the rest waits for the next one. */
const mostInBatch = 1000
/** Of those, read in one turn of the event loop. */
const mostInTurn = 50
/** Channels whose newest message waits to be read: more than that are not followed anyway. */
const mostUnread = 5000
/** Times to live are asked for this often, of this many: how expired and deleted requests are noticed. */
const checkEveryMs = 5000
const mostChecked = 1000
/** Where the user may not subscribe, all is read again this often. */
const pollEveryMs = 2000

/**
 * Follows the tracked requests of one connection for all who watch: reads the newest, then lives on what is published.
 * A message costs one Map entry; only the newest message of a request is ever read, ten times a second at most.
 */
export class RequestWatcher {
  readonly feed = new Feed<RequestsEvent>((unread, event) => coalesceRequests(unread, event, () => this.snapshot()))
  /** Resolves when there is something to show, or a reason why not. */
  readonly first: Promise<void>
  readonly #followed = new FollowedRequests()
  /** The newest unread message of each channel. */
  readonly #unread = new Map<string, Buffer>()
  #updates = 0
  #flushTimer: NodeJS.Timeout | null = null
  #lastFlush = Number.NEGATIVE_INFINITY
  /** What was read is not all: at the start, after a gap, and always where nothing is published to us. */
  #stale = true
  #reading = false
  #problems: string[] = []
  #subscribed: { key: string; stop: () => Promise<void> } | null = null
  #polls = false
  #trackers: readonly QueueRef[] = []
  readonly #alarm = new Alarm()
  #stopped = false
  readonly #stopListening: () => void

  /** @param trackersNow asked again at each look: discovery may find another tracker */
  constructor(
    private readonly connection: Connection,
    private readonly trackersNow: () => readonly QueueRef[],
  ) {
    this.#stopListening = connection.onStatus(() => this.#alarm.ring())
    let arrived = () => {}
    this.first = new Promise((resolve) => {
      arrived = resolve
    })
    void this.#run(arrived)
  }

  /** All that is known now, newest first. */
  snapshot(): RequestsEvent {
    const partial = this.#problems.length > 0 ? this.#problems.join(' ') : null
    return { type: 'snapshot', requests: this.#followed.list(), partial }
  }

  /** The tracker that a followed request belongs to. */
  trackerOf(hash: string): QueueRef | undefined {
    return this.#followed.get(hash)?.tracker
  }

  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#stopListening()
    if (this.#flushTimer) clearTimeout(this.#flushTimer)
    this.#alarm.ring()
    void this.#unsubscribe()
  }

  async #run(arrived: () => void): Promise<void> {
    while (!this.#stopped) {
      this.#alarm.clear()
      const { status, problem } = this.connection.status()
      if (status === 'ready') await this.#look()
      else if (this.#stale) this.#problems = [problem ?? 'Redis is not reachable at the moment.']
      arrived()
      if (!this.#stopped) await this.#alarm.sleep(this.#polls ? pollEveryMs : checkEveryMs)
    }
  }

  async #look(): Promise<void> {
    try {
      await this.#subscribe()
      if (this.#stopped) return
      if (this.#stale || this.#polls) await this.#readAll()
      else await this.#checkExpiry()
    } catch (error) {
      if (!this.#stale) return // what is shown stays; the next look tries again
      this.#problems = [asSluiceError(error).message]
      this.feed.publish(this.snapshot())
    }
  }

  /** Before anything is read, so that nothing falls between; again when discovery found another tracker. */
  async #subscribe(): Promise<void> {
    const trackers = this.trackersNow()
    const key = trackers.map(queueKey).join(' ')
    if (this.#subscribed?.key === key) return
    await this.#unsubscribe()
    this.#trackers = trackers
    this.#stale = true
    let stop = async () => {}
    try {
      stop = await this.connection.subscribe(trackers.map(channelPattern), this.#onMessage, () => {
        this.#stale = true
        this.#alarm.ring()
      })
      this.#polls = false
    } catch (error) {
      if (!isRefused(error)) throw error
      this.#polls = true
    }
    this.#subscribed = { key, stop }
    if (this.#stopped) await this.#unsubscribe()
  }

  async #unsubscribe(): Promise<void> {
    const subscribed = this.#subscribed
    this.#subscribed = null
    await subscribed?.stop()
  }

  readonly #onMessage = (channel: string, message: Buffer): void => {
    this.#updates++
    this.#unread.set(channel, message)
    if (this.#unread.size > mostUnread) {
      const [oldest] = this.#unread.keys()
      this.#unread.delete(oldest as string)
    }
    this.#flushSoon()
  }

  #flushSoon(): void {
    if (this.#flushTimer || this.#stopped) return
    const wait = Math.max(0, this.#lastFlush + flushEveryMs - performance.now())
    this.#flushTimer = setTimeout(() => {
      this.#flushTimer = null
      if (!this.#reading) void this.#flush()
    }, wait)
  }

  /** Turns unread messages into one batch of changes; others get their turn in between. */
  async #flush(): Promise<void> {
    this.#lastFlush = performance.now()
    const now = Date.now()
    const unread = [...this.#unread].slice(0, mostInBatch)
    for (const [channel] of unread) this.#unread.delete(channel)
    const changed: TrackedRequest[] = []
    for (const [place, [channel, message]] of unread.entries()) {
      if (place > 0 && place % mostInTurn === 0) await new Promise((resolve) => setImmediate(resolve))
      const tracked = this.#trackedOf(channel)
      if (tracked) changed.push(this.#followed.update(tracked, message, now))
    }
    const gone = this.#followed.makeRoom()
    const left = new Set(gone)
    this.#tell({ changed: changed.filter(({ hash }) => !left.has(hash)), gone })
    if (this.#unread.size > 0) this.#flushSoon()
  }

  #tell({ changed, gone }: { changed: TrackedRequest[]; gone: string[] }): void {
    const updates = this.#updates
    this.#updates = 0
    if (updates + changed.length + gone.length > 0) this.feed.publish({ type: 'changes', changed, gone, updates })
  }

  #trackedOf(channel: string): Tracked | null {
    for (const tracker of this.#trackers) {
      const hash = hashOfChannel(tracker, channel)
      if (hash !== null) return { tracker, hash }
    }
    return null
  }

  /** Reads the newest requests, and those followed already, and tells everyone. Messages wait until it is done. */
  async #readAll(): Promise<void> {
    this.#reading = true
    this.#stale = false
    try {
      const { reader } = this.connection
      const { tracked, problems } = await newestHashes(reader, this.#trackers)
      const listed = new Set(tracked.map(({ hash }) => hash))
      const others = this.#followed.all().filter(({ hash }) => !listed.has(hash))
      this.#followed.replace(await readRequests(reader, [...others, ...tracked]), Date.now())
      if (this.#polls) {
        problems.push(`This Redis user may not subscribe to updates: requests are read every ${pollEveryMs / 1000} s.`)
      }
      this.#problems = problems
      this.feed.publish(this.snapshot())
    } catch (error) {
      this.#stale = true
      throw error
    } finally {
      this.#reading = false
      if (this.#unread.size > 0) this.#flushSoon()
    }
  }

  /** 1 round trip: notices what expired or was deleted, and when the rest will. */
  async #checkExpiry(): Promise<void> {
    const due = this.#followed.leastChecked(mostChecked)
    if (due.length === 0) return
    const ttls = await timesToLive(this.connection.reader, due)
    this.#tell(this.#followed.checked(due, ttls, Date.now()))
  }
}
