import type { Connection } from '../redis/connection.ts'

/**
 * Keeps a client connected under the name that a library's worker would have, waiting on a list that nobody fills, so
 * that it is seen among the server's clients. Returns how to end it.
 */
export function keepPresent(connection: Connection, name: string): () => void {
  let close = () => {}
  let present = true

  async function stay(): Promise<void> {
    const client = await connection.dedicated('demo-worker')
    close = () => client.close()
    if (!present) close()
    while (present) {
      await client.call('CLIENT', 'SETNAME', name)
      await client.block(20, 'BLPOP', 'sluice:demo:nothing', 20)
    }
  }

  // A worker that loses Redis is gone from the list of clients, and back when Redis is.
  async function comeBack(): Promise<void> {
    while (present) {
      await stay().catch(() => {})
      close()
      if (present) await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  }

  void comeBack()
  return () => {
    present = false
    close()
  }
}
