import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freeRun } from '../../../test/free-run.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Selection } from '../../domain/selection.ts'
import type { BulkKind, BulkQuestion } from '../operations/bulk-runs.ts'
import type { Connection } from '../redis/connection.ts'
import type { ExportProgress } from './export-jobs.ts'
import { createTransfers, type Transfers } from './transfers.ts'

const mail: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'mail' }
const other: QueueRef = { ...mail, name: 'other' }
const dead: Selection = { type: 'all', places: [{ queue: mail, state: 'dead' }] }
const waiting: Selection = { type: 'all', places: [{ queue: mail, state: 'waiting' }] }

const hostile: readonly (string | Buffer)[] = [
  '{"a":12345678901234567890,"b":1.50}',
  '{"name":"<img src=x onerror=alert(1)>","x":"=cmd|\' /C calc\'!A0"}',
  '=1+1',
  '@SUM(1)',
  '{"__proto__":{"x":1},"constructor":2}',
  '{"bidi":"\u202e\u2066gnp.exe","ansi":"\u001b[31m","line":"\u2028\r\n"}',
  '"quoted, with \\" and \\n"',
  'line one\nline two,"three"\r\n',
  Buffer.from([0xff, 0xfe, 0x00, 0x80]),
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`,
  JSON.stringify({ text: 'x'.repeat(12_000_000) }),
]

describe('transfers', () => {
  let server: TestRedis
  let redis: Redis
  let folder: string
  let downloads: string
  let transfers: Transfers
  let importKind: BulkKind
  let begun: BulkQuestion | null

  beforeAll(async () => {
    server = await startRedis()
    redis = server.client
  })
  afterAll(() => server?.stop())
  beforeEach(async () => {
    await redis.flushall()
    folder = mkdtempSync(join(tmpdir(), 'sluice-transfers-'))
    downloads = join(folder, 'Downloads')
    mkdirSync(downloads)
    begun = null
    const writer = testWriter(redis)
    const connection = { id: 'c', reader: writer, writer: () => writer } as unknown as Connection
    transfers = await createTransfers({
      dataFolder: folder,
      downloads,
      connection: () => connection,
      searches: { set: () => expect.fail('no search here') },
      runs: {
        define: (_kind, make) => {
          importKind = make
        },
        begin: async (question) => {
          begun = question
          return { id: 'run' } as never
        },
      },
    })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  async function exported(
    selection: Selection,
    format: 'ndjson' | 'csv',
    redaction: Parameters<Transfers['saveRedaction']>[0] = [],
  ): Promise<ExportProgress & { text: string }> {
    let last: ExportProgress | null = null
    for await (const progress of transfers.export({ connectionId: 'c', selection, format, redaction })) last = progress
    if (last === null) throw new Error('no progress')
    return { ...(last as ExportProgress), text: readFileSync((last as ExportProgress).path, 'utf8') }
  }

  async function upload(text: string, pieces = 1): Promise<string> {
    let id: string | null = null
    const size = Math.ceil(text.length / pieces)
    for (let at = 0; at < text.length; at += size) id = (await transfers.upload(id, text.slice(at, at + size))).id
    return id as string
  }

  /** Does what the run would: chunk by chunk from its own description. */
  async function imported(text: string, format: 'ndjson' | 'csv', into = other, pieces = 1) {
    const id = await upload(text, pieces)
    const plan = await transfers.planImport({ connectionId: 'c', queue: into, id, format })
    await transfers.import({ connectionId: 'c', queue: into, id, format, reason: null })
    const work = await importKind(JSON.parse(JSON.stringify(begun?.spec)), 'run')
    const place = work.places[0]
    if (place?.how.type !== 'chunks') throw new Error('no chunks')
    const outcome = { done: 0, refused: [] as { ref: string; reason: string }[] }
    const tools = { writer: testWriter(redis), run: freeRun } as unknown as Parameters<typeof place.how.step>[1]
    for await (const items of place.how.items(7, 0)) {
      const { done, refused } = await place.how.step(items, tools)
      outcome.done += done
      outcome.refused.push(...refused)
    }
    await work.close?.(true)
    return { plan, outcome, total: begun?.total }
  }

  const stored = (queue: string) => redis.lrangeBuffer(`queue:${queue}`, 0, -1)

  it.each(['ndjson', 'csv'] as const)('brings payloads back exactly as they were, by %s', async (format) => {
    await redis.rpush('queue:mail', ...hostile)
    const { text, jobs, total, done, bytes } = await exported(waiting, format)
    expect({ jobs, total, done }).toEqual({ jobs: hostile.length, total: hostile.length, done: true })
    expect(bytes).toBe(Buffer.byteLength(text))
    const { plan, outcome } = await imported(text, format, other, 5)
    const texts = hostile.filter((payload) => typeof payload === 'string')
    expect(plan).toMatchObject({ rows: texts.length + 1, problemCount: 1 })
    expect(plan.problems[0]?.problem).toContain('not text')
    expect(outcome.done).toBe(texts.length)
    expect(outcome.refused).toHaveLength(1)
    expect((await stored('other')).map(String)).toEqual(texts)
    expect(readdirSync(join(folder, 'uploads'))).toEqual([])
  })

  it('writes no cell that a spreadsheet takes for a formula', async () => {
    await redis.rpush('queue:mail', '=1+1', '+1', '-1', '@x', '\t=1', '{"id":"=2","type":"=3"}')
    const { text } = await exported(waiting, 'csv')
    for (const cell of text.split(/[,\n]/)) expect(cell.replace(/^"/, '')).not.toMatch(/^[=+@\t]/)
  })

  it('flags bytes that are no text, and keeps them in base64', async () => {
    await redis.rpush('queue:mail', Buffer.from([0xff, 0x00]))
    const line = JSON.parse((await exported(waiting, 'ndjson')).text) as Record<string, unknown>
    expect(line).toMatchObject({ encoding: 'base64', payload: '/wA=', queue: 'mail', state: 'waiting' })
    const redacted = JSON.parse((await exported(waiting, 'ndjson', transfers.redaction())).text) as Record<
      string,
      unknown
    >
    expect(redacted).toMatchObject({ encoding: 'withheld', payload: '' })
  })

  it('redacts payloads and errors on their way out, and runs failed jobs as new ones on the way back', async () => {
    await redis.rpush(
      'queue:mail:dlq',
      '{"email":"anna@example.com","attempts":3,"error":"no anna@example.com","failedAt":1}',
    )
    const { text } = await exported(dead, 'ndjson', transfers.redaction())
    expect(text).not.toContain('anna')
    await imported(text, 'ndjson')
    expect(String((await stored('other'))[0])).toMatch(/^{"email":"redacted-\w{8}","attempts":0}$/)
  })

  it('writes only the jobs that are named, and those that are still there', async () => {
    await redis.rpush('queue:mail', ...Array.from({ length: 30 }, (_, i) => `{"id":${i}}`))
    const refs: string[] = []
    const { plainList } = await import('../../systems/plain-list/index.ts')
    const page = await plainList.page(testWriter(redis), mail, 'waiting', { offset: 5, limit: 20 })
    refs.push(...page.jobs.map(({ ref }) => ref), `3:${'0'.repeat(40)}`)
    const { text, jobs, total } = await exported(
      { type: 'refs', places: [{ queue: mail, state: 'waiting', refs }] },
      'ndjson',
    )
    expect({ jobs, total }).toEqual({ jobs: 20, total: 21 })
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 5)))
  })

  it('leaves no file when it is not read to its end, is cancelled, or a rule is wrong', async () => {
    await redis.rpush('queue:mail', '1', '2', '3')
    for await (const _ of transfers.export({ connectionId: 'c', selection: waiting, format: 'csv', redaction: [] }))
      break
    const cancel = new AbortController()
    const reading = transfers.export(
      { connectionId: 'c', selection: waiting, format: 'csv', redaction: [] },
      cancel.signal,
    )
    await reading.next()
    cancel.abort()
    for await (const progress of reading) expect(progress.done).toBe(false)
    const wrong = [{ type: 'pattern' as const, find: '(', with: null }]
    await expect(exported(waiting, 'csv', wrong)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await redis.set('queue:odd', 'no list')
    const odd: Selection = {
      type: 'all',
      places: [
        { queue: mail, state: 'waiting' },
        { queue: { ...mail, name: 'odd' }, state: 'waiting' },
      ],
    }
    await expect(exported(odd, 'csv')).rejects.toMatchObject({ code: 'WRONG_TYPE' })
    expect(readdirSync(downloads)).toEqual([])
  })

  it('says so when the disk has no room', async () => {
    rmSync(downloads, { recursive: true })
    const transfersNowhere = createTransfers({
      dataFolder: '/dev/null/nowhere', downloads: '/dev/null/nowhere',
      connection: () => expect.fail('not asked'), searches: { set: () => expect.fail('not asked') },
      runs: { define: () => {}, begin: async () => expect.fail('not asked') },
    }) // biome-ignore format: what belongs together stands together
    await expect(transfersNowhere).rejects.toMatchObject({ code: 'DISK_FAILED' })
  })

  it('takes lines of plain payloads, and says which lines it cannot take', async () => {
    const text =
      '{"id":1}\r\n\n  {"id":12345678901234567890}  \nno json\n[1,2]\n{"system":"bull","queue":"q","state":"failed","encoding":"utf8","payload":"{}"}\n"text"'
    const { plan, outcome } = await imported(text, 'ndjson')
    expect(plan.problems).toEqual([
      { line: 4, problem: 'It is not JSON.' },
      { line: 6, problem: 'It is a job of another queue system (bull).' },
    ])
    expect(plan.sample[1]).toEqual({ name: null, payload: '{"id":12345678901234567890}' })
    expect(outcome.refused.map(({ ref }) => ref)).toEqual(['line 4', 'line 6'])
    expect((await stored('other')).map(String)).toEqual(['{"id":1}', '{"id":12345678901234567890}', '[1,2]', '"text"'])
  })

  it('takes any CSV with a column of payloads, and refuses one without', async () => {
    const text = 'note,payload\n"a ""b"", c\nd","{""id"":1}"\nshort\n,{}\n'
    const { plan } = await imported(text, 'csv')
    expect(plan).toMatchObject({ rows: 3, problems: [{ line: 4, problem: 'It has 1 cells, and not 2.' }] })
    expect((await stored('other')).map(String)).toEqual(['{"id":1}', '{}'])
    const id = await upload('a,b\n1,2\n')
    await expect(transfers.planImport({ connectionId: 'c', queue: other, id, format: 'csv' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })

  it('asks the queue system itself what it would refuse', async () => {
    const laravel: QueueRef = { system: 'laravel', prefix: '', name: 'mail' }
    const id = await upload('{"job":"A@b","data":[]}\n{"no":"job"}\n')
    const plan = await transfers.planImport({ connectionId: 'c', queue: laravel, id, format: 'ndjson' })
    expect(plan).toMatchObject({ rows: 2, problems: [{ line: 2 }] })
    expect(await redis.keys('*')).toEqual([])
    await expect(
      transfers.import({
        connectionId: 'c',
        queue: { ...laravel, system: 'horizon' },
        id,
        format: 'ndjson',
        reason: null,
      }),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  it('puts characters together that were cut in two, and knows no other files than its own', async () => {
    const { id } = await transfers.upload(null, '{"a":"\ud83d')
    expect(await transfers.upload(id, '\ude00"}')).toEqual({ id, bytes: Buffer.byteLength('{"a":"😀"}') })
    expect(readFileSync(join(folder, 'uploads', `${id}.upload`), 'utf8')).toBe('{"a":"😀"}')
    await expect(transfers.upload('../../etc/passwd', 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('keeps the redaction rules that were used last', async () => {
    const rules = [{ type: 'path' as const, find: 'a.b', with: 'X' }]
    await transfers.saveRedaction(rules)
    expect(transfers.redaction()).toEqual(rules)
    expect(existsSync(join(folder, 'redaction.json'))).toBe(true)
    await expect(transfers.saveRedaction([{ type: 'path', find: '[', with: null }])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect(transfers.tryRedaction([...rules, { type: 'pattern', find: '(', with: null }], '{"a":{"b":1}}')).toEqual({
      payload: '{"a":{"b":"X"}}',
      replaced: 1,
      problems: [expect.stringContaining('(')],
    })
  })
})
