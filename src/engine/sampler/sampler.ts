import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { MemoryPoint, Sample } from '../../domain/sample.ts'
import type { QueueSystem } from '../../systems/system.ts'
import { Feed } from '../feed.ts'
import type { Connection } from '../redis/connection.ts'
import { Attention, type WindowAttention } from './attention.ts'
import { ConnectionLoop } from './connection-loop.ts'
import type { History } from './history.ts'
import { historyFile } from './history-file.ts'
import { HistoryKeeper } from './history-keeper.ts'
import type { Pace } from './pace.ts'
import { coalesceTelemetry, type TelemetryEvent } from './telemetry.ts'

/** What the sampler needs of the open connections. */
export interface OpenConnections {
  list(): readonly Connection[]
  /** Calls back for each connection that opens; returns how to stop. */
  onOpen(listener: (connection: Connection) => void): () => void
  onClose(listener: (connection: Connection) => void): () => void
}

export interface SamplerOptions {
  readonly connections: OpenConnections
  readonly systems: readonly QueueSystem[]
  /** Where history is kept between runs; left out, it is kept in memory only. */
  readonly dataFolder?: string
  /** Told what goes wrong beside the sampling, in a sentence: a full disk. */
  readonly onProblem?: (sentence: string) => void
}

/** Reads all queues of all open connections, again and again, while anybody wants to know. */
export interface Sampler {
  /**
   * First a snapshot, then one event a tick. Reading it is what makes the sampler work: every second, or as often as
   * `attend` says that somebody looks.
   */
  watch(signal?: AbortSignal): AsyncGenerator<TelemetryEvent, void, void>
  /** How a window that reads `watch` is looked at. One that never says counts as watched. */
  attend(window: string, attention: WindowAttention): void
  /** Keeps it working every 5 s without a watcher, for what acts by the numbers; returns how to let go. */
  hold(): () => void
  /** Somebody saw the numbers elsewhere (a terminal): they stay as fresh as for a window that nobody touches, for a while. */
  glance(): void
  /** Whether it reads anything now: somebody looks, or something acts by the numbers. */
  readonly working: boolean
  /** The last sample of a connection; undefined before the first one. */
  latest(connectionId: string): Sample | undefined
  /** The queues of a connection. 0 round trips, or one short pass over the keys when nobody looked yet. */
  queues(connectionId: string): Promise<readonly QueueRef[]>
  /** Looks at all keys again, for 10 s at most. */
  rescan(connectionId: string): Promise<{ queues: number; partial: string | null }>
  /** At most 500 points of the last hour, oldest first. */
  memoryHistory(connectionId: string): MemoryPoint[]
  /** Stops all work and writes the history. */
  close(): Promise<void>
}

/** Starts with the connections that are open, and follows those that open and close. */
export function createSampler({ connections, systems, dataFolder, onProblem = () => {} }: SamplerOptions): Sampler {
  const loops = new Map<string, ConnectionLoop>()
  const pasts = new Map<string, History>()
  const closing = new Map<string, Promise<void>>()
  let holders = 0
  const attention = new Attention(setPace)
  const feed = new Feed<TelemetryEvent>(coalesceTelemetry, setPace)

  function paceNow(): Pace {
    const looked = attention.of(feed.readers)
    return looked === 'watched' || holders === 0 ? looked : 'held'
  }
  function setPace(): void {
    const pace = paceNow()
    for (const loop of loops.values()) loop.pace = pace
  }

  function snapshot(): TelemetryEvent {
    return {
      type: 'snapshot',
      samples: Array.from(loops.values()).flatMap(({ latest }) => latest ?? []),
      history: Object.fromEntries(Array.from(pasts, ([id, past]) => [id, past.points()])),
    }
  }

  function open(connection: Connection): void {
    const { id } = connection
    if (loops.has(id)) close(id)
    const file = dataFolder === undefined ? null : historyFile(dataFolder, connection.profile.id)
    const keeper = new HistoryKeeper(file, onProblem, closing.get(id))
    const loop = new ConnectionLoop(connection, systems, keeper, (sample) => {
      if (loops.get(id) === loop) feed.publish({ type: 'sample', sample })
    })
    loops.set(id, loop)
    pasts.set(id, keeper.past)
    setPace()
    void loop.loaded().then(() => {
      // Whoever watches already gets the lines of the earlier run too.
      if (loops.get(id) === loop && !keeper.past.empty && feed.readers > 0) feed.publish(snapshot())
    })
  }

  function close(id: string): void {
    const loop = loops.get(id)
    if (!loop) return
    loops.delete(id)
    pasts.delete(id)
    closing.set(id, loop.close())
    feed.publish({ type: 'closed', connectionId: id })
  }

  function loopOf(id: string): ConnectionLoop {
    const loop = loops.get(id)
    if (!loop) throw new SluiceError('NOT_OPEN')
    return loop
  }

  for (const connection of connections.list()) open(connection)
  const unsubscribe = [connections.onOpen(open), connections.onClose((connection) => close(connection.id))]

  return {
    watch: (signal) => feed.read(signal, snapshot),
    attend: (window, how) => attention.tell(window, how),
    glance: () => attention.glance(),
    get working() {
      return paceNow() !== 'stopped'
    },
    hold() {
      let held = true
      holders++
      setPace()
      return () => {
        if (!held) return
        held = false
        holders--
        setPace()
      }
    },
    latest: (id) => loops.get(id)?.latest,
    queues: async (id) => loopOf(id).queues(),
    rescan: async (id) => loopOf(id).rescan(),
    memoryHistory(id) {
      const past = pasts.get(id)
      if (!past) throw new SluiceError('NOT_OPEN')
      return past.memory()
    },
    async close() {
      attention.stop()
      for (const stop of unsubscribe) stop()
      for (const id of [...loops.keys()]) close(id)
      await Promise.all(closing.values())
    },
  }
}
