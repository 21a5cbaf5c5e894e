import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type PoolConfig, poolDefaults } from '../../domain/pool.ts'
import { openSavedPools } from './saved-pools.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-pools-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = () => openSavedPools({ folder, isProfile: (id) => id !== 'nobody' })
const config = (connectionId: string, queueName: string): PoolConfig => ({
  ...poolDefaults,
  ...{ connectionId, system: 'plain-list', queuePrefix: 'queue:', queueName, handler: 'email' },
})

describe('saved pools', () => {
  it('are kept by profile over a restart, changed and removed by their id', async () => {
    const store = await open()
    const first = await store.save({ id: null, config: config('a', 'email'), autostart: true })
    const second = await store.save({ id: null, config: config('a', 'sms'), autostart: false })
    await store.save({ id: null, config: config('b', 'email'), autostart: false })
    await store.save({ id: first.id, config: { ...config('a', 'email'), maxAttempts: 9 }, autostart: false })
    const again = await open()
    expect(again.of('a')).toEqual([
      { id: first.id, config: { ...config('a', 'email'), maxAttempts: 9 }, autostart: false },
      second,
    ])
    await again.remove(first.id)
    expect((await open()).of('a')).toEqual([second])
    await again.forget('a')
    expect([(await open()).of('a'), again.of('b').length]).toEqual([[], 1])
  })

  it('of no profile, or that are gone, are refused, and nothing changes', async () => {
    const store = await open()
    await expect(store.save({ id: null, config: config('nobody', 'email'), autostart: false })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(store.save({ id: 'gone', config: config('a', 'email'), autostart: false })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await store.remove('gone')
    expect(await readdir(folder)).toEqual([])
  })

  it('in a file that is damaged are kept aside, and that is said', async () => {
    await writeFile(join(folder, 'pools.json'), '{"version":1,"pools":[{"id":')
    const store = await open()
    expect(store.notices[0]).toContain('is damaged')
    await store.save({ id: null, config: config('a', 'email'), autostart: false })
    expect(await readdir(folder)).toHaveLength(2)
  })
})
