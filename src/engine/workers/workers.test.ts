import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAsUser, openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import type { QueueSystem } from '../../systems/system.ts'
import { parseClientList } from './client-list.ts'
import { listWorkers } from './list-workers.ts'

describe('parseClientList', () => {
  it('reads what Redis 7 sends', () => {
    const text =
      'id=3 addr=127.0.0.1:52555 laddr=127.0.0.1:6379 fd=8 name=bull:bWFpbA== age=855 idle=4 flags=b db=2 sub=0 psub=0 ' +
      'ssub=0 multi=-1 qbuf=26 argv-mem=10 cmd=client|list user=default redir=-1 resp=2\n' +
      'id=4 addr=/run/redis.sock:0 fd=9 name= age=1 idle=0 flags=U db=0 cmd=blpop\n'
    expect(parseClientList(text)).toEqual([
      {
        id: '3',
        name: 'bull:bWFpbA==',
        address: '127.0.0.1:52555',
        ageSeconds: 855,
        idleSeconds: 4,
        command: 'client|list',
        db: 2,
      },
      { id: '4', name: '', address: '/run/redis.sock:0', ageSeconds: 1, idleSeconds: 0, command: 'blpop', db: 0 },
    ])
  })
  it('makes nothing of nothing', () => expect(parseClientList('\n\nrubbish\n')).toEqual([]))
})

describe('listWorkers', () => {
  let server: TestRedis
  let connection: TestConnection
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())
  beforeEach(async () => {
    await server.client.flushall()
    connection = await openTestConnection(server)
  })
  afterEach(() => connection.close())

  const email: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
  /** A library whose workers are called `worker` wherever they are. */
  const named: QueueSystem = {
    ...plainList,
    workers: (clients) =>
      clients
        .filter(({ name }) => name.endsWith('worker'))
        .map(({ id, address }) => ({ queue: email, id: `client ${id}`, address, since: null })),
  }

  it('shows clients that a library named, and which of them are of a Sluice', async () => {
    const theirs = new Redis({ port: server.port, connectionName: 'worker' })
    const ours = new Redis({ port: server.port, connectionName: 'sluice:worker' })
    await Promise.all([theirs.ping(), ours.ping()])
    const { workers, problem } = await listWorkers(connection, [email], [named])
    theirs.disconnect()
    ours.disconnect()
    expect(problem).toBeNull()
    expect(workers.map((worker) => worker.ours).sort()).toEqual([false, true])
    for (const { queue, id, address } of workers) {
      expect(queue).toEqual(email)
      expect(id).toMatch(/^client \d+$/)
      expect(address).toMatch(/^127\.0\.0\.1:\d+$/)
    }
  })

  it('shows workers of pools by their leases, while these last, in one round trip', async () => {
    await server.client.zadd('queue:email:leases', Date.now() + 60_000, 'desk:1:ab', Date.now() - 60_000, 'desk:2:cd')
    const trips = connection.reader.trips
    const { workers } = await listWorkers(connection, [email], [plainList])
    expect(connection.reader.trips).toBe(trips + 1)
    expect(workers).toEqual([{ queue: email, id: 'desk:1:ab', address: null, since: null, ours: true }])
  })

  it('shows workers of pools on HTTP jobs too, and asks nothing of systems without pools', async () => {
    const jobs: QueueRef = { system: 'http-jobs', prefix: '', name: 'job_queue' }
    const laravel: QueueRef = { system: 'laravel', prefix: '', name: 'job_queue' }
    await server.client.zadd('job_queue:leases', Date.now() + 60_000, 'desk:1:ab')
    const { workers } = await listWorkers(connection, [laravel, jobs], [plainList])
    expect(workers).toEqual([{ queue: jobs, id: 'desk:1:ab', address: null, since: null, ours: true }])
  })

  it('says so where the user may not run CLIENT LIST', async () => {
    await server.client.zadd('queue:email:leases', Date.now() + 60_000, 'desk:1:ab')
    const limited = await openAsUser(server, ['-client'])
    const { workers, problem } = await listWorkers(limited, [email], [named])
    limited.close()
    expect(problem).toMatch(/^This Redis user may not run CLIENT LIST: /)
    expect(workers).toHaveLength(1)
  })

  it('is not confused by a lease key of the wrong type', async () => {
    await server.client.set('queue:email:leases', 'spoiled')
    expect(await listWorkers(connection, [email], [plainList])).toEqual({ workers: [], problem: null })
  })
})
