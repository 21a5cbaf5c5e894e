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
    const first = await store.save(null, config('a', 'email'), true)
    const second = await store.save(null, config('a', 'sms'), false)
    await store.save(null, config('b', 'email'), false)
    await store.save(first.id, { ...config('a', 'email'), maxAttempts: 9 }, false)
    const again = await open()
    expect(again.list('a')).toEqual([
      { id: first.id, config: { ...config('a', 'email'), maxAttempts: 9 }, autostart: false },
      second,
    ])
    await again.remove(first.id)
    expect((await open()).list('a')).toEqual([second])
    await again.forget('a')
    expect([(await open()).list('a'), again.list('b').length]).toEqual([[], 1])
  })

  it('of no profile, or that are gone, are refused, and nothing changes', async () => {
    const store = await open()
    await expect(store.save(null, config('nobody', 'email'), false)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(store.save('gone', config('a', 'email'), false)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(store.remove('gone')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await readdir(folder)).toEqual([])
  })

  it('in a file that is damaged are kept aside, and that is said', async () => {
    await writeFile(join(folder, 'pools.json'), '{"version":1,"pools":[{"id":')
    const store = await open()
    expect(store.notices[0]).toContain('is damaged')
    await store.save(null, config('a', 'email'), false)
    expect(await readdir(folder)).toHaveLength(2)
  })
})
