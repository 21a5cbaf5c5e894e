import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { libraries, poolConfig, poolOn, produce } from '../../../../test/library-pool.ts'
import { eventually } from '../../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import { poolDefaults } from '../../../domain/pool.ts'

const program = fileURLToPath(new URL('../../../../test/library-worker.ts', import.meta.url))
const jobs = 200
const quick = { ...poolDefaults.library, lockMs: 1000, stalledMs: 1000, maxStalled: 10 }

let server: TestRedis
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

describe.each(libraries)('jobs of %s', (library) => {
  it('are all done although their worker is killed with some of them in its hands', async () => {
    const queue = `killed-${library.replace(' ', '-')}`
    const producer = await produce(library, server.port, queue)
    const ids = new Set<string>()
    for (let i = 0; i < jobs; i++) ids.add(await producer.add('work', { i }))
    const child = spawn(process.execPath, ['--import', 'tsx', program, server.url, library, queue], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const begun = new Set<string>()
    for await (const line of createInterface(child.stdout)) {
      if (line !== 'ready') begun.add(line)
      if (begun.size === 50) break
    }
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    const left = await producer.counts()
    expect(left.active, 'nothing was in its hands, so the test shows nothing').toBeGreaterThan(0)

    const runs: (string | null)[] = []
    const world = await poolOn(
      server.url,
      poolConfig(library, queue, { library: quick, concurrency: 4 }),
      async ({ id }) => void runs.push(id),
    )
    await world.pool.start()
    await eventually('all are done', async () => (await producer.counts()).completed === jobs)
    expect(await producer.counts()).toMatchObject({ waiting: 0, active: 0, delayed: 0, failed: 0, completed: jobs })
    // Nothing was run that was never added, and nothing twice in the same hands.
    expect(new Set(runs).size).toBe(runs.length)
    expect(runs.every((id) => id !== null && ids.has(id))).toBe(true)
    expect(world.pool.recovered).toBe(left.active)
    await world.close()
    await producer.close()
  })
})
