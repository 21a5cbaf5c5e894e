import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BullmqPeer, bullmqPeer, fillBullmq } from '../../../test/peers/bullmq.ts'
import { testReader } from '../../../test/reader.ts'
import { storedJob } from '../../../test/recorded/stored-job.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { familyOf } from '../shared/hashed-jobs/family.ts'
import { bullmq } from './index.ts'

const queue = { system: 'bullmq' as const, prefix: 'bull', name: 'mail' }

describe.each([5, 6] as const)('flows of BullMQ %i', (version) => {
  let server: TestRedis
  let peer: BullmqPeer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())
  beforeEach(async () => {
    await server.client.flushall()
    peer = bullmqPeer(version, server.port, 'mail')
  })
  afterEach(() => peer?.close())

  async function familyIn(id: string, of = queue) {
    const reader = testReader(server.client)
    const place = await bullmq.find?.(reader, of, id)
    if (!place) throw new Error(`${id} is nowhere`)
    return (await bullmq.job(reader, of, place.state, place.ref, false))?.family
  }
  const link = (id: string | undefined, outcome: string | null, name = 'mail') => ({
    queue: { ...queue, name },
    id,
    outcome,
  })

  it('name parent and children, with what became of each', async () => {
    const ids = await fillBullmq(peer)
    expect(await familyIn(ids.plain)).toBeNull()
    expect(await familyIn(ids.open.children[0] ?? '')).toEqual({
      parent: link(ids.open.parent, null),
      children: [],
      more: 0,
    })
    const open = await familyIn(ids.open.parent)
    expect(open).toMatchObject({ parent: null, more: 0 })
    expect(open?.children).toHaveLength(2)
    for (const id of ids.open.children) expect(open?.children).toContainEqual(link(id, 'not ended'))
    const broken = await familyIn(ids.broken.parent)
    expect(broken?.children).toContainEqual(link(ids.broken.children[1], 'failed'))
    expect(broken?.children).toContainEqual(link(ids.broken.children[0], 'completed'))
    expect((await familyIn(ids.whole.parent))?.children).toEqual([link(ids.whole.children[0], 'completed')])
  })

  it('reach into other queues, ignore failures, and count the children that are not named', async () => {
    const tree = await peer.flows.add({
      name: 'parent',
      queueName: 'sms',
      children: [
        { name: 'boom', queueName: 'mail', opts: { ignoreDependencyOnFailure: true } },
        ...Array.from({ length: 60 }, () => ({ name: 'ok', queueName: 'push' })),
      ],
    })
    const parent = String(tree.job.id)
    const boom = String(tree.children?.[0]?.job.id)
    await peer.work()
    await peer.ended(boom)
    const sms = { ...queue, name: 'sms' }
    const family = await familyIn(parent, sms)
    expect(family?.children).toContainEqual(link(boom, 'failed, ignored'))
    expect(family?.children.filter((child) => child.queue.name === 'push')).toHaveLength(50)
    expect(family?.more).toBe(10)
    expect((await familyIn(boom))?.parent).toEqual(link(parent, null, 'sms'))
  })
})

describe('keys of a family', () => {
  const childrenOf = (own: typeof queue, ...keys: string[]) =>
    familyOf(own, storedJob({}), { children: [{ count: keys.length, keys }] })?.children.map((child) => [
      child.queue.prefix,
      child.queue.name,
      child.id,
    ])
  it('are split where prefixes, names and ids may be', () => {
    expect(childrenOf(queue, 'bull:sms:7')).toEqual([['bull', 'sms', '7']])
    expect(childrenOf(queue, 'shop:prod:sms:7')).toEqual([['shop:prod', 'sms', '7']])
    expect(childrenOf({ ...queue, prefix: 'shop:prod' }, 'shop:prod:sms:7')).toEqual([['shop:prod', 'sms', '7']])
    expect(childrenOf(queue, 'bull:sms:repeat:a:b:17')).toEqual([['bull', 'sms', 'repeat:a:b:17']])
    expect(childrenOf(queue, 'shop:prod:sms:repeat:a:17')).toEqual([['shop:prod', 'sms', 'repeat:a:17']])
    // Under the default prefix, but not of it: no name holds a colon.
    expect(childrenOf(queue, 'bull:eu:sms:7')).toEqual([['bull:eu', 'sms', '7']])
    expect(childrenOf({ ...queue, prefix: '' }, 'bull:sms:7')).toEqual([['', 'sms', '7']])
  })
  it('that are none are counted, not named', () => {
    const family = familyOf(queue, storedJob({}), { children: [{ count: 3, keys: ['x', 'bull:7', 'bull:sms:7'] }] })
    expect(family).toMatchObject({ children: [{ id: '7' }], more: 2 })
  })
  it('of parents are read with the id that stands beside them', () => {
    const parent = (fields: Record<string, string>) => familyOf(queue, storedJob(fields), { children: [] })?.parent
    const stored = { parentKey: 'shop:prod:sms:a:b:1', parent: '{"id":"a:b:1","queueKey":"shop:prod:sms"}' }
    expect(parent(stored)).toEqual({
      queue: { ...queue, prefix: 'shop:prod', name: 'sms' },
      id: 'a:b:1',
      outcome: null,
    })
    expect(parent({ parentKey: 'bull:sms:9', parent: '{"id":9' })?.id).toBe('9')
    expect(parent({ parent: '[]' })).toBeUndefined()
  })
})
