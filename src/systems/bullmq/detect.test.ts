import { describe, expect, it } from 'vitest'
import type { Command, Reader, Reply } from '../handles.ts'
import type { Hints, SeenKey } from '../system.ts'
import { detect, wants } from './detect.ts'
import { workers } from './workers.ts'

const types: Record<string, string> = {
  id: 'string', 'stalled-check': 'string',
  wait: 'list', active: 'list',
  delayed: 'zset', failed: 'zset', completed: 'zset', prioritized: 'zset', marker: 'zset', 'waiting-children': 'zset',
  meta: 'hash', events: 'stream',
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
const found = async (seen: SeenKey[], reply: Reply = null) =>
  (await detect(seen, hints, answering(reply).reader)).map(({ queue }) => `${queue.prefix} ${queue.name}`)
const event = (name: string, value: string) => [[Buffer.from('1-0'), [Buffer.from(name), Buffer.from(value)]]]

describe('what is a BullMQ queue', () => {
  it('is its settings and events with another key, without asking', async () => {
    const { reader, asked } = answering(null)
    const [queue] = await detect(keys('shop:mail', 'meta', 'events', 'id'), hints, reader)
    expect(queue).toEqual({
      queue: { system: 'bullmq', prefix: 'shop', name: 'mail' },
      evidence: 'hash shop:mail:meta, stream shop:mail:events, string shop:mail:id',
    })
    expect(asked).toEqual([])
  })
  it('is a hash meta that holds its settings', async () => {
    expect(await found(keys('bull:mail', 'meta'), [Buffer.from('10000'), null])).toEqual(['bull mail'])
    expect(await found(keys('bull:mail', 'meta'), [null, Buffer.from('bullmq:6.7.0')])).toEqual(['bull mail'])
    for (const other of [[null, null], [null, Buffer.from('1.0')], null, new Error('NOPERM')]) {
      expect(await found(keys('bull:mail', 'meta', 'id', 'wait'), other)).toEqual([])
    }
  })
  it('is without meta what only BullMQ has, with the counter', async () => {
    for (const own of ['marker', 'prioritized', 'waiting-children']) {
      expect(await found(keys('bull:mail', 'id', own)), own).toEqual(['bull mail'])
      expect(await found(keys('bull:mail', own)), own).toEqual([])
    }
    expect(await found(keys('bull:mail', 'id', 'wait', 'failed'))).toEqual([])
  })
  it('is without meta a stream of its events, beside another key', async () => {
    const seen = keys('bull:mail', 'events', 'failed')
    expect(await found(seen, event('event', 'failed'))).toEqual(['bull mail'])
    expect(await found(seen, event('event', 'OrderPlaced'))).toEqual([])
    expect(await found(seen, event('type', 'failed'))).toEqual([])
    expect(await found(seen, [])).toEqual([])
    expect(await found(keys('bull:mail', 'events'), event('event', 'failed'))).toEqual([])
  })
  it('is nothing of the pub/sub of version 6', async () => {
    expect(await found(keys('bull::relay:{orders}', 'meta', 'events', 'id'))).toEqual([])
  })
  it('asks all doubts at once', async () => {
    const { reader, asked } = answering(null)
    await detect([...keys('a:b', 'meta'), ...keys('a:c', 'events', 'id'), ...keys('a:d', 'meta')], hints, reader)
    expect(asked.map((commands) => commands.map(([name]) => name))).toEqual([['HMGET', 'XREVRANGE', 'HMGET']])
  })
})

describe('which keys are worth keeping', () => {
  it('are those with a name and type of the layout', () => {
    const kept = [
      ...keys('a:b:mail', 'id', 'meta', 'events', 'marker'),
      { key: 'bull:mail:17', type: 'hash' },
      { key: 'bull:mail:meta', type: 'string' },
      { key: 'mail:meta', type: 'hash' },
      { key: ':mail:meta', type: 'hash' },
      { key: 'bull::meta', type: 'hash' },
      { key: 'bull:mail:toString', type: 'hash' },
    ].filter(wants)
    expect(kept).toEqual(keys('a:b:mail', 'id', 'meta', 'events', 'marker'))
  })
})

describe('who works', () => {
  const client = (name: string, id = '7') => ({
    id,
    name,
    address: '10.0.0.9:4711',
    ageSeconds: 60,
    idleSeconds: 0,
    command: 'bzpopmin',
    db: 0,
  })
  const name = (prefix: string, queue: string) => `${prefix}:${Buffer.from(queue).toString('base64')}`
  const mail = { system: 'bullmq' as const, prefix: 'bull', name: 'mail' }
  const odd = { ...mail, prefix: 'a:w:b' }

  it('is whoever bears the name of a known queue, with or without one of its own', () => {
    const seen = [
      client(name('bull', 'mail')),
      client(`${name('bull', 'mail')}:w:x:w:y`),
      client(`${name('a:w:b', 'mail')}:w:z`),
    ]
    expect(workers(seen, [odd, mail], 100_000)).toEqual([
      { queue: mail, id: 'client 7', address: '10.0.0.9:4711', since: 40_000 },
      { queue: mail, id: 'x:w:y (client 7)', address: '10.0.0.9:4711', since: 40_000 },
      { queue: odd, id: 'z (client 7)', address: '10.0.0.9:4711', since: 40_000 },
    ])
    expect(workers(seen.slice(0, 1), [{ ...mail, prefix: '' }], 0)).toHaveLength(1)
  })
  it('is nobody else', () => {
    const others = [
      name('bull', 'other'),
      `${name('bull', 'mail')}:qe`,
      `${name('bull', 'mail')}:x`,
      'bull:mail',
      '',
      ':w:',
    ]
    expect(
      workers(
        others.map((each) => client(each)),
        [mail, odd],
        0,
      ),
    ).toEqual([])
    expect(workers([client(name('bull', 'mail'))], [{ ...mail, system: 'bull' }], 0)).toEqual([])
  })
})
