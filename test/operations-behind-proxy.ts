import type { QueueRef } from '../src/domain/queue.ts'
import { openTestConnection, type TestConnection } from './connection.ts'
import { type OperationsStage, stageOperations } from './operations-stage.ts'
import { startProxy, type TestProxy } from './proxy.ts'
import { startRedis, type TestRedis } from './redis.ts'

/** Operations on a Redis that can be cut off, at the id `c`; what is opened again takes the place of what was. */
export interface OperationsBehindProxy {
  readonly server: TestRedis
  readonly proxy: TestProxy
  readonly connection: TestConnection
  readonly stage: OperationsStage
  /** Opens another connection: one that was cut often hesitates. */
  connectAgain(): Promise<void>
  /** Ends the operations as the app does, and starts them on the same folder. */
  startAgain(): Promise<void>
  /** All elements of a list. */
  list(key: string): Promise<string[]>
  close(): Promise<void>
}

/** The queue that the operations are tried on, and the list of its dead letters. */
export const email = { system: 'plain-list', prefix: 'queue:', name: 'email' } as const satisfies QueueRef
export const dlq = 'queue:email:dlq'

export async function stageOperationsBehindProxy(): Promise<OperationsBehindProxy> {
  const server = await startRedis()
  const proxy = await startProxy(server.port)
  const connect = () => openTestConnection({ url: `redis://127.0.0.1:${proxy.port}` }, { id: 'c' })
  let connection = await connect()
  const start = (folder?: string) => stageOperations(() => connection, folder)
  let stage = await start()
  return {
    ...{ server, proxy },
    get connection() {
      return connection
    },
    get stage() {
      return stage
    },
    async connectAgain() {
      connection.close()
      connection = await connect()
    },
    async startAgain() {
      await stage.close(true)
      stage = await start(stage.folder)
    },
    list: (key) => server.client.lrange(key, 0, -1),
    async close() {
      await stage.close()
      connection.close()
      await proxy.close()
      await server.stop()
    },
  }
}
