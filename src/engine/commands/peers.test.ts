import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { patience } from '../../../test/patience.ts'
import { peerWorkers } from '../../../test/peers/workers.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { aCommand } from '../../../test/workers/a-command.ts'
import { gone, type RunCommands, runCommands } from '../../../test/workers/run-commands.ts'
import { listProcesses, treeOf } from './process-table.ts'

const jobs = 12

describe.each(peerWorkers)('a real $name worker', ({ missing, atATime, command, put, places }) => {
  let server: TestRedis
  let rig: RunCommands

  beforeEach(async () => {
    server = await startRedis()
    rig = await runCommands({ redisUrlOf: () => server.url })
  })
  afterEach(async () => {
    await rig.end()
    await server.stop()
  })

  const config = (processes: number) =>
    aCommand({
      ...command,
      env: { ...command.env, REDIS_PORT: String(server.port) },
      passRedisUrl: true,
      queues: [{ queue: { system: 'laravel', prefix: '', name: 'mail' }, weight: 1 }],
      scale: { by: 'fixed', count: processes },
    })
  const noted = (list: 'began' | 'done') => server.client.lrange(list, 0, -1)
  const untilDone = (count: number) =>
    vi.waitFor(async () => {
      const done = await noted('done')
      if (done.length < count) throw new Error(`${done.length} of ${count}: ${JSON.stringify(rig.commands.list())}`)
    }, patience)
  async function left(): Promise<number> {
    let sum = 0
    for (const { key, type } of places('mail')) {
      sum += await (type === 'list' ? server.client.llen(key) : server.client.zcard(key))
    }
    return sum
  }

  test.skipIf(missing !== null)(
    `finishes what it has when it is stopped, and no job is lost or run twice${missing ? ` (${missing})` : ''}`,
    { timeout: 120_000 },
    async () => {
      put(server.url, 'mail', jobs, 1000)
      const id = await rig.run(config(2))
      // In the middle of jobs: RQ 1 itself loses the job that it takes just when it is told to stop.
      await vi.waitFor(async () => {
        const [began, done] = [await noted('began'), await noted('done')]
        expect(began.length - done.length).toBe(2 * atATime)
      }, patience)
      rig.commands.stop(id)
      await rig.until(id, ({ state }) => state === 'stopped')
      expect(rig.lines(id, 'killed')).toEqual([])
      expect(rig.status(id).lastExit).toMatchObject({ code: 0 })
      const [began, done] = [await noted('began'), await noted('done')]
      expect(began.toSorted()).toEqual(done.toSorted())
      expect(done.length).toBeGreaterThanOrEqual(2 * atATime)
      expect(done.length).toBeLessThan(jobs)
      expect((await left()) + done.length).toBe(jobs)

      await rig.commands.start(id)
      await untilDone(jobs)
      expect(new Set(await noted('done')).size).toBe(jobs)
      expect(await noted('began')).toHaveLength(jobs)
      expect(rig.status(id)).toMatchObject({ state: 'running', restarts: 0, problem: null })
    },
  )

  test.skipIf(missing !== null)(
    `is killed with all that it started${missing ? ` (${missing})` : ''}`,
    { timeout: 120_000 },
    async () => {
      put(server.url, 'mail', 4, 60_000)
      const id = await rig.run(config(1))
      await vi.waitFor(async () => expect(await noted('began')).not.toEqual([]), patience)
      const tree = treeOf(await listProcesses(), Number(rig.status(id).processes[0]?.pid))
      rig.commands.kill(id)
      await rig.until(id, ({ state }) => state === 'stopped')
      for (const { pid } of tree) await gone(pid)
      expect(await noted('done')).toEqual([])
    },
  )
})
