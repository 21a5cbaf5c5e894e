import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { channelPolicies, emptyPolicy, type QueuePolicy } from '../../domain/policy.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { openPolicyStore } from './policy-store.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-policies-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const queue = (name: string): QueueRef => ({ system: 'laravel', prefix: 'shop_', name })
const { payments, bulk } = channelPolicies
const samples = { connectionId: 'local', policies: [{ queue: queue('payments'), policy: payments }] }
const open = (more: { samples?: { connectionId: string; policies: QueuePolicy[] } } = {}) =>
  openPolicyStore({ folder, isProfile: (id) => id !== 'nobody', ...more })

describe('the policy store', () => {
  it('keeps the policies of each profile over a restart', async () => {
    const store = await open()
    await store.save('a', queue('payments'), payments)
    await store.save('a', queue('bulk'), bulk)
    await store.save('b', queue('payments'), emptyPolicy)
    const again = await open()
    expect(again.list('a')).toEqual([
      { queue: queue('payments'), policy: payments },
      { queue: queue('bulk'), policy: bulk },
    ])
    expect(again.list('b')).toEqual([{ queue: queue('payments'), policy: emptyPolicy }])
    expect([again.list('c'), again.notices]).toEqual([[], []])
  })

  it('has one policy a queue: a new one takes the place of the old', async () => {
    const store = await open()
    await store.save('a', queue('one'), payments)
    await store.save('a', queue('two'), payments)
    await store.save('a', queue('one'), bulk)
    expect((await open()).list('a')).toEqual([
      { queue: queue('one'), policy: bulk },
      { queue: queue('two'), policy: payments },
    ])
    expect(JSON.parse(await readFile(join(folder, 'policies.json'), 'utf8')).policies).toHaveLength(2)
  })

  it('tells queues apart by system and prefix too', async () => {
    const store = await open()
    await store.save('a', queue('one'), payments)
    await store.remove('a', { ...queue('one'), prefix: '' })
    await store.remove('a', { ...queue('one'), system: 'bull' })
    await store.remove('b', queue('one'))
    expect(store.list('a')).toHaveLength(1)
    await store.remove('a', queue('one'))
    expect((await open()).list('a')).toEqual([])
  })

  it('forgets all policies of a profile that is gone, and takes none for it', async () => {
    const store = await open()
    await store.save('a', queue('one'), payments)
    await store.save('b', queue('one'), bulk)
    await store.forget('a')
    expect([(await open()).list('a'), (await open()).list('b')]).toEqual([[], [{ queue: queue('one'), policy: bulk }]])
    await expect(store.save('nobody', queue('one'), bulk)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('loses none of many changes at once', async () => {
    const store = await open()
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.save('a', queue(`q${i}`), payments)))
    expect((await open()).list('a')).toHaveLength(20)
  })

  it('gives samples to queues until they are changed or taken away', async () => {
    const sampled = await open({ samples })
    expect(sampled.list('local')).toEqual(samples.policies)
    expect(sampled.list('other')).toEqual([])
    await sampled.save('local', queue('payments'), bulk)
    expect((await open({ samples })).list('local')).toEqual([{ queue: queue('payments'), policy: bulk }])
    await sampled.remove('local', queue('payments'))
    expect((await open({ samples })).list('local')).toEqual([])
    await sampled.save('local', queue('payments'), payments)
    expect((await open({ samples })).list('local')).toEqual(samples.policies)
  })

  it('writes no sample to the file', async () => {
    const store = await open({ samples })
    await store.save('local', queue('bulk'), bulk)
    expect((await open()).list('local')).toEqual([{ queue: queue('bulk'), policy: bulk }])
  })

  it('keeps a damaged file aside and says so', async () => {
    const damaged = '{"version":1,"policies":[{"connectionId":"a"}]}'
    await writeFile(join(folder, 'policies.json'), damaged)
    const store = await open()
    expect(store.list('a')).toEqual([])
    expect(store.notices).toEqual([expect.stringContaining('policies.json is damaged')])
    await store.save('a', queue('one'), payments)
    const aside = (await readdir(folder)).find((name) => name.includes('damaged'))
    expect(await readFile(join(folder, String(aside)), 'utf8')).toBe(damaged)
  })

  it('changes nothing when the disk fails', async () => {
    const store = await open()
    await store.save('a', queue('one'), payments)
    await rm(join(folder, 'policies.json'))
    await mkdir(join(folder, 'policies.json', 'in the way'), { recursive: true })
    await expect(store.save('a', queue('one'), bulk)).rejects.toMatchObject({ code: 'DISK_FAILED' })
    await expect(store.remove('a', queue('one'))).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(store.list('a')).toEqual([{ queue: queue('one'), policy: payments }])
  })
})
