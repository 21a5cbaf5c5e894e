import { randomUUID } from 'node:crypto'
import type { RenderedMessage } from '../../domain/pool.ts'

/** How many messages are kept over all pools. */
const kept = 200

/** The last messages that handlers rendered, newest first; older ones are forgotten. */
export class MessageRing {
  #messages: RenderedMessage[] = []

  constructor(private readonly size = kept) {}

  add(message: Omit<RenderedMessage, 'id' | 'at'>): void {
    this.#messages = [{ ...message, id: randomUUID(), at: Date.now() }, ...this.#messages.slice(0, this.size - 1)]
  }

  list(poolId: string | null): RenderedMessage[] {
    return poolId === null ? this.#messages : this.#messages.filter((message) => message.poolId === poolId)
  }
}
