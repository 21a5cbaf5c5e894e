import { type ErrorCode, SluiceError } from '../../domain/errors.ts'
import type { Reader, Reply, Writer } from '../../systems/handles.ts'
import { isRead } from './read-commands.ts'

/** What the answers of Redis say of its state, besides what they say of the command. */
export interface Notices {
  /** Redis answered with an error that tells of its state: it is full, a replica, loading. */
  onTrouble(problem: SluiceError): void
  /** Redis did what was asked; `wrote` says that this was a change. */
  onWell(wrote: boolean): void
}

/** Replies that tell of the server, whatever was asked of it. */
const ofServer: readonly ErrorCode[] = ['REDIS_FULL', 'REPLICA', 'REDIS_LOADING', 'REDIS_BUSY', 'REDIS_UNAVAILABLE']
/** Those that only a change meets: that a read went well says nothing of them. */
const ofWrites: readonly ErrorCode[] = ['REDIS_FULL', 'REPLICA']

const aWhileMs = 2_000

function troubleIn(reply: unknown): SluiceError | null {
  return reply instanceof SluiceError && ofServer.includes(reply.code) ? reply : null
}

function look(replies: readonly Reply[], wrote: boolean, { onTrouble, onWell }: Notices): void {
  const trouble = replies.map(troubleIn).find((found) => found !== null)
  if (trouble) onTrouble(trouble)
  else if (!replies.some((reply) => reply instanceof Error)) onWell(wrote)
}

async function watched<T>(work: Promise<T>, wrote: boolean, notices: Notices): Promise<T> {
  try {
    const result = await work
    notices.onWell(wrote)
    return result
  } catch (error) {
    const trouble = troubleIn(error)
    if (trouble) notices.onTrouble(trouble)
    throw error
  }
}

/** A Reader whose answers are looked at as they pass. Changes nothing of them. */
export function noticingReader(reader: Reader, notices: Notices): Reader {
  return {
    async pipeline(commands) {
      const replies = await reader.pipeline(commands)
      look(replies, false, notices)
      return replies
    },
    call: (...command) => watched(reader.call(...command), false, notices),
  }
}

/** A Writer whose answers are looked at as they pass. */
export function noticingWriter(writer: Writer, notices: Notices): Writer {
  return {
    async pipeline(commands) {
      const replies = await writer.pipeline(commands)
      look(replies, !commands.every(isRead), notices)
      return replies
    },
    call: (...command) => watched(writer.call(...command), !isRead(command), notices),
    run: (script, keys, args) => watched(writer.run(script, keys, args), !script.reads, notices),
  }
}

/**
 * What is wrong with a Redis that is reachable and reads: it is full, a replica, a cluster with a hole. `onChange` hears
 * of each change. A trouble of writes stays until a write went well, any other until a read did that came a while later,
 * for other nodes of a cluster may be well; each for ten minutes at most since it was last seen, for nobody may ever write
 * again.
 */
export class Caveat {
  problem: SluiceError | null = null
  #seenAt = 0
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly onChange: () => void,
    private readonly lastsMs = 10 * 60_000,
  ) {}

  see(problem: SluiceError): void {
    clearTimeout(this.#timer)
    this.#seenAt = performance.now()
    this.#timer = setTimeout(() => this.clear(), this.lastsMs)
    this.#timer.unref()
    if (this.problem?.message === problem.message) return
    this.problem = problem
    this.onChange()
  }

  /** Something went well: the trouble that it disproves is over. */
  well(wrote: boolean): void {
    if (this.problem === null) return
    const over = ofWrites.includes(this.problem.code) ? wrote : performance.now() - this.#seenAt > aWhileMs
    if (over) this.clear()
  }

  clear(): void {
    clearTimeout(this.#timer)
    if (this.problem === null) return
    this.problem = null
    this.onChange()
  }
}
