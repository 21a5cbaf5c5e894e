import { describe, expect, it } from 'vitest'
import type { Command, Reader, Reply } from '../handles.ts'
import type { Hints, SeenKey } from '../system.ts'
import { detect, wants } from './detect.ts'
import { workers } from './workers.ts'

const types: Record<string, string> = {
  id: 'string', pc: 'string', 'meta-paused': 'string', 'stalled-check': 'string',
  wait: 'list', paused: 'list', active: 'list',
  delayed: 'zset', failed: 'zset', completed: 'zset', priority: 'zset', prioritized: 'zset', marker: 'zset',
  meta: 'hash', jobs: 'hash', events: 'stream',
} // biome-ignore format: by type

const keys = (base: string, ...suffixes: string[]): SeenKey[] =>
  suffixes.map((suffix) => ({ key: `${base}:${suffix}`, type: types[suffix] ?? 'none' }))

/** Answers every command of a pipeline alike, and counts the pipelines. */
function answering(reply: Reply) {
  const asked: Command[][] = []
  const reader: Reader = {
    async pipeline(commands) {
      asked.push([...commands])
      return commands.map(() => reply)
    },
    call: () => Promise.reject(new Error('not one by one')),
  }
  return { reader, asked }
}

const hints: Hints = { queues: [], trackedPrefix: '' }
const found = async (seen: SeenKey[], reply: Reply = null, by = hints) =>
  (await detect(seen, by, answering(reply).reader)).map(({ queue }) => `${queue.prefix} ${queue.name}`)

describe('what is a Bull queue', () => {
  it('is a counter with another key, without asking', async () => {
    const { reader, asked } = answering(null)
    const [queue] = await detect(keys('shop:mail', 'id', 'failed'), hints, reader)
    expect(queue).toEqual({
      queue: { system: 'bull', prefix: 'shop', name: 'mail' },
      evidence: 'string shop:mail:id, zset shop:mail:failed',
    })
    expect(asked).toEqual([])
  })
  it('is three keys where the counter was evicted, and not two', async () => {
    expect(await found(keys('shop:mail', 'wait', 'failed', 'completed'))).toEqual(['shop mail'])
    expect(await found(keys('shop:mail', 'wait', 'failed'))).toEqual([])
  })
  it('is nothing that has a key of BullMQ or Bee-Queue', async () => {
    for (const other of ['events', 'marker', 'prioritized', 'pc', 'jobs']) {
      expect(await found(keys('bull:mail', 'id', 'wait', 'failed', other)), other).toEqual([])
    }
  })
  it('has no settings of BullMQ in its hash meta', async () => {
    const paused = keys('bull:mail', 'id', 'wait', 'meta')
    expect(await found(paused, [null, null])).toEqual(['bull mail'])
    expect(await found(paused, [Buffer.from('10000'), null])).toEqual([])
    expect(await found(paused, [null, Buffer.from('bullmq:5')])).toEqual([])
    expect(await found(paused, new Error('NOPERM'))).toEqual([])
    expect(await found([...paused, ...keys('bull:mail', 'meta-paused')], new Error('NOPERM'))).toEqual(['bull mail'])
  })
  it('may be a lone counter, under a prefix where Bull is known', async () => {
    const counter = Buffer.from('17')
    expect(await found(keys('bull:mail', 'id'), counter)).toEqual(['bull mail'])
    expect(await found(keys('{bull}:mail', 'id'), counter)).toEqual(['{bull} mail'])
    expect(await found(keys('user:42', 'id'), counter)).toEqual([])
    expect(await found([...keys('shop:mail', 'id', 'wait'), ...keys('shop:sms', 'id')], counter)).toEqual([
      'shop mail',
      'shop sms',
    ])
    for (const odd of [Buffer.from('abc'), Buffer.from('1.5'), null, new Error('NOPERM')]) {
      expect(await found(keys('bull:mail', 'id'), odd)).toEqual([])
    }
  })
  it('is not the debounce id `id` of another queue', async () => {
    expect(await found([...keys('bull:mail', 'id', 'wait'), ...keys('bull:mail:de', 'id')], Buffer.from('3'))).toEqual([
      'bull mail',
    ])
  })
})

describe('where the prefix ends', () => {
  const of = (base: string, by = hints) => found(keys(base, 'id', 'wait'), null, by)
  const byHand = (prefix: string, name: string) => ({ queues: [{ system: 'bull', prefix, name }], trackedPrefix: '' })

  it('is at the default prefix or a hash tag, else at the last colon', async () => {
    expect(await of('bull:a:b')).toEqual(['bull a:b'])
    expect(await of('{x:y}:a:b')).toEqual(['{x:y} a:b'])
    expect(await of('bullet:a:b')).toEqual(['bullet:a b'])
    expect(await of('shop:prod:sms')).toEqual(['shop:prod sms'])
  })
  it('is where a person says', async () => {
    expect(await of('bull:a:b', byHand('bull:a', 'b'))).toEqual(['bull:a b'])
    expect(await of('shop:prod:sms', byHand('shop', 'other'))).toEqual(['shop prod:sms', 'shop other'])
    expect(await of('bull:mail', byHand('', 'mail'))).toEqual([' mail'])
    expect(await found([], null, { ...hints, queues: [{ system: 'bullmq', prefix: 'a', name: 'b' }] })).toEqual([])
  })
})

describe('which keys are worth keeping', () => {
  it('are those with a name and type of the layout', () => {
    const kept = [
      ...keys('bull:mail', 'id', 'wait', 'meta', 'events', 'jobs', 'priority'),
      { key: 'bull:mail:17', type: 'hash' },
      { key: 'bull:mail:wait', type: 'string' },
      { key: 'mail:wait', type: 'list' },
      { key: ':mail:wait', type: 'list' },
      { key: 'bull::wait', type: 'list' },
      { key: 'bull:mail:constructor', type: 'hash' },
    ].filter(wants)
    expect(kept).toEqual(keys('bull:mail', 'id', 'wait', 'meta', 'events', 'jobs', 'priority'))
  })
})

describe('who works', () => {
  const client = (name: string, command = 'brpoplpush', id = '7') => ({
    id,
    name,
    address: '10.0.0.9:4711',
    ageSeconds: 60,
    idleSeconds: 0,
    command,
    db: 0,
  })
  const name = (prefix: string, queue: string) => `${prefix}:${Buffer.from(queue).toString('base64')}`
  const mail = { system: 'bull' as const, prefix: 'bull', name: 'mail' }
  const sms = { ...mail, name: 'sms' }

  it('is whoever bears the name of a known queue', () => {
    expect(workers([client(name('bull', 'mail'))], [sms, mail], 100_000)).toEqual([
      { queue: mail, id: 'client 7', address: '10.0.0.9:4711', since: 40_000 },
    ])
    expect(workers([client(name('', 'mail'))], [{ ...mail, prefix: '' }], 0)).toEqual([])
    expect(workers([client(name('bull', 'mail'))], [{ ...mail, prefix: '' }], 0)).toHaveLength(1)
  })
  it('is nobody else', () => {
    const others = [
      client(name('bull', 'other')),
      client(name('bull', 'mail'), 'bzpopmin'),
      client(`${name('bull', 'mail')}:qe`),
      client('bull:mail'),
      client(''),
      client(':'),
    ]
    expect(workers(others, [mail, sms], 0)).toEqual([])
    expect(workers([client(name('bull', 'mail'))], [{ ...mail, system: 'bullmq' }], 0)).toEqual([])
  })
})
