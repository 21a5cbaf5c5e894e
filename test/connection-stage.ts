import { afterEach } from 'vitest'
import { type ErrorCode, SluiceError } from '../src/domain/errors.ts'
import type { ConnectionStatus } from '../src/domain/profile.ts'
import { plainReach } from '../src/engine/redis/reach/plain-reach.ts'
import { type FollowedConnection, followConnection } from './followed-connection.ts'
import { startProxy, type TestProxy } from './proxy.ts'
import { startRedis, type TestRedis } from './redis.ts'

/** What a test of a connection in trouble opens; all of it is closed after each test, the last first. */
export interface ConnectionStage {
  /** What else is to be undone after the test. */
  readonly cleanUp: (() => unknown)[]
  serve(...args: string[]): Promise<TestRedis>
  behindProxy(server: TestRedis): Promise<TestProxy>
  follow(...args: Parameters<typeof followConnection>): FollowedConnection
}

/** To be called once, at the top of a test file. */
export function stageConnections(): ConnectionStage {
  const cleanUp: (() => unknown)[] = []
  afterEach(async () => {
    for (const undo of cleanUp.splice(0).reverse()) await undo()
  })
  return {
    cleanUp,
    async serve(...args) {
      const server = await startRedis(...args)
      cleanUp.push(() => server.stop())
      return server
    },
    async behindProxy(server) {
      const proxy = await startProxy(server.port)
      cleanUp.push(() => proxy.close())
      return proxy
    },
    follow(...args) {
      const followed = followConnection(...args)
      cleanUp.push(() => followed.connection.close())
      return followed
    },
  }
}

/** The way to a Redis at a port of this machine. */
export const at = (port: number, password: string | null = null) => plainReach(`redis://127.0.0.1:${port}`, password)

export const ready = ({ status, problem }: ConnectionStatus) => status === 'ready' && problem === null

export const shows = (code: ErrorCode) => (status: ConnectionStatus) => status.code === code

/** The code of the error that the work ends in; an error without one as it is. */
export const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof SluiceError ? error.code : error),
  )
