import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { patience } from '../../../test/patience.ts'
import { startProxy, type TestProxy } from '../../../test/proxy.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { SluiceError } from '../../domain/errors.ts'
import { type NumberedOptions, numberedWriter } from './numbered-writer.ts'
import { openReplayLog } from './replay-log.ts'
import { untilReady } from './until-ready.ts'

const push = { name: 'push', lua: "return { redis.call('RPUSH', KEYS[1], ARGV[1]), 'x', { 2, false, ARGV[1] } }" }
const length = { name: 'length', lua: "return redis.call('LLEN', KEYS[1])", reads: true as const }
const trash = { key: 'sluice:trash:t', ttlMs: 60_000 }
const numbered = /sluice:trash:t:receipt/

let server: TestRedis
let proxy: TestProxy
let connection: TestConnection

beforeAll(async () => {
  server = await startRedis()
  proxy = await startProxy(server.port)
  connection = await openTestConnection({ url: `redis://127.0.0.1:${proxy.port}` })
})
afterAll(async () => {
  connection?.close()
  await proxy?.close()
  await server?.stop()
})
beforeEach(() => server.client.flushall())

const writerOf = (options: Partial<NumberedOptions> = {}) => numberedWriter({ connection, trash, ...options })
const list = () => server.client.lrange('list', 0, -1)
const bytes = Buffer.from([0, 255, 10, 13])

describe('a numbered writer', () => {
  it('gives a script its own keys and arguments, and its reply back, byte for byte', async () => {
    const seen = {
      name: 'seen',
      lua: "return { #KEYS, #ARGV, ARGV[#ARGV], { 7, false }, redis.call('SET', KEYS[1], 'v') }",
    }
    const reply = await writerOf().run(seen, ['k'], ['a', bytes])
    expect(reply).toEqual([1, 2, bytes, [7, null], Buffer.from('OK')])
    expect(await server.client.pttl('sluice:trash:t:receipt')).toBeGreaterThan(1000)
  })
  it('asks again when the answer is lost, tells of it, and gets the same answer', async () => {
    const troubles: (string | null)[] = []
    const writer = writerOf({ onTrouble: (problem) => troubles.push(problem) })
    await writer.run(push, ['list'], ['a']) // Redis knows the script from now on, and does it at once
    proxy.loseReplyTo(numbered)
    expect(await writer.run(push, ['list'], [bytes])).toEqual([2, Buffer.from('x'), [2, null, bytes]])
    expect(await writer.run(push, ['list'], ['b'])).toMatchObject([3, Buffer.from('x'), {}])
    expect(await server.client.llen('list')).toBe(3)
    expect(troubles.at(0)).toMatch(/will be asked/)
    expect(troubles.at(-1)).toBeNull()
  })
  it('does not do a script again whose packet comes late, and refuses when the receipt is gone', async () => {
    await writerOf().run(push, ['list'], ['a'])
    await writerOf().run(push, ['list'], ['a']) // the same number
    expect(await list()).toEqual(['a'])
    await writerOf({ last: 1 }).run(push, ['list'], ['b'])
    await expect(writerOf().run(push, ['list'], ['late'])).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    await server.client.del('sluice:trash:t:receipt')
    await expect(writerOf({ last: 2 }).run(push, ['list'], ['c'])).rejects.toThrow(/no longer knows/)
    expect(await list()).toEqual(['a', 'b'])
  })
  it('fences off what is still on its way', async () => {
    await writerOf().run(push, ['list'], ['a'])
    const writer = writerOf()
    await writer.fence(1000)
    await writer.run(push, ['list'], ['b'])
    await expect(writerOf({ last: 1 }).run(push, ['list'], ['late'])).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(await list()).toEqual(['a', 'b'])
    expect(writer.last).toBe(1001)
  })
  it('gives up when Redis does not come back, and says what is not known', async () => {
    const writer = writerOf({ patienceMs: 100 })
    proxy.loseReplyTo(numbered)
    proxy.refuse()
    await expect(writer.run(push, ['list'], ['a'])).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    proxy.heal()
    await untilReady(connection, 0, patience.timeout)
    expect(await list()).toEqual(['a'])
  })
  it('waits for nothing that was not sent where nobody wants to wait, and asks for what was', async () => {
    const troubles: (string | null)[] = []
    const onTrouble = (problem: string | null) => troubles.push(problem)
    const away = () => {
      throw new SluiceError('CONNECTION_LOST')
    }
    const writer = writerOf({ waits: false, onTrouble, connection: { ...connection, writer: away } })
    await expect(writer.run(push, ['list'], ['a'])).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    await expect(writer.run(length, ['list'], [])).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    expect(troubles).toEqual([])
    await writerOf().run(push, ['list'], ['a'])
    proxy.loseReplyTo(numbered)
    expect(await writerOf({ waits: false, last: 1 }).run(push, ['list'], ['b'])).toMatchObject([
      2,
      Buffer.from('x'),
      {},
    ])
    expect(await list()).toEqual(['a', 'b'])
  })
  it('asks for all that follows a script that was done, or says that a part of it is', async () => {
    const writer = writerOf({ waits: false })
    await writer.run(push, ['list'], ['a'])
    proxy.loseReplyTo(/EVAL/)
    expect(await writer.run(length, ['list'], [])).toBe(1)
    proxy.cutWithin(/EVAL/, 'request', 10)
    expect(await writer.run(length, ['list'], [])).toBe(1)
    await server.client.set('text', 'x')
    const refused = { code: 'OUTCOME_UNKNOWN', message: expect.stringMatching(/^Stopped when a part .* already: /) }
    await expect(writer.run(push, ['text'], ['b'])).rejects.toMatchObject(refused)
    await expect(writer.run(length, ['text'], [])).rejects.toMatchObject(refused)
    await expect(writerOf({ waits: false }).run(length, ['text'], [])).rejects.toMatchObject({ code: 'WRONG_TYPE' })
  })
  it('writes no receipt for scripts that read', async () => {
    expect(await writerOf().run(length, ['list'], [])).toBe(0)
    expect(await server.client.exists('sluice:trash:t:receipt')).toBe(0)
  })
  it('does nothing where the receipt cannot be', async () => {
    await server.client.set('sluice:trash:t:receipt', 'other')
    await expect(writerOf().run(push, ['list'], ['a'])).rejects.toMatchObject({ code: 'WRONG_TYPE' })
    expect(await list()).toEqual([])
  })
})

describe('a replayed chunk', () => {
  it('gets its answers again, and goes on with the script that was in flight', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-replay-'))
    const path = join(folder, 'log')
    const first = await openReplayLog(path)
    await first.begin(7)
    const writer = writerOf({ log: first })
    expect(await writer.run(length, ['list'], [])).toBe(0)
    await writer.run(push, ['list'], [bytes])
    await writer.run(push, ['list'], ['b']) // its answer is not in the file, as after a kill
    await first.close(false)

    const log = await openReplayLog(path)
    await log.begin(7)
    const again = writerOf({ log })
    expect(await again.run(length, ['list'], [])).toBe(0) // though it is 2 by now
    expect(await again.run(push, ['list'], [bytes])).toEqual([1, Buffer.from('x'), [2, null, bytes]])
    expect(await again.run(push, ['list'], ['b'])).toEqual([2, Buffer.from('x'), [2, null, Buffer.from('b')]])
    expect(await again.run(length, ['list'], [])).toBe(2)
    await log.begin(8)
    expect(log.next()).toBeNull()
    await log.close(true)
    rmSync(folder, { recursive: true })
  })

  it('says in time that nobody knows, where nobody wants to wait', async () => {
    let asked = 0
    const silent = () => ({ ...connection.writer(), run: () => new Promise<never>(() => asked++) })
    const mute = { writer: silent, status: connection.status, onStatus: connection.onStatus }
    const writer = writerOf({ connection: mute, waits: false, patienceMs: 50 })
    await expect(writer.run(push, ['list'], ['a'])).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(asked).toBe(1)
  })
})
