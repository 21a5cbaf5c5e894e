import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { noKinds, type QueueRef, queueKey } from '../../domain/queue.ts'
import { noCost, type RedisStats, type Sample } from '../../domain/sample.ts'
import { History } from './history.ts'
import { historyFile, readHistory, writeHistory } from './history-file.ts'
import { HistoryKeeper } from './history-keeper.ts'

const email: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
const start = 1_800_000_000_000

function sampleAt(at: number, waiting = 0, failed = 0, queues: readonly QueueRef[] = [email]): Sample {
  const redis = { usedMemoryBytes: at - start, keys: 1, clients: 2, opsPerSecond: 3 } as RedisStats
  return {
    connectionId: 'c',
    cost: noCost,
    at,
    queues: queues.map((queue) => ({
      queue,
      kinds: { ...noKinds(), waiting, failed },
      states: { waiting, dead: failed },
      inPerMinute: null,
      outPerMinute: null,
      ratesExact: false,
      oldestAgeMs: null,
      oldestAtLeast: false,
      drainMs: null,
      workers: null,
      paused: false,
      version: null,
      readOnly: null,
      problem: null,
    })),
    redis,
    redisProblem: null,
    tickMs: 1,
    partial: null,
  }
}

const line = (history: History, queue = email) => history.points()[queueKey(queue)]

describe('History', () => {
  it('makes one point of each 5 s, the newest reading of them', () => {
    const history = new History()
    for (let second = 0; second < 12; second++) history.record(sampleAt(start + second * 1000, second, 1), null)
    expect(line(history)).toEqual([
      [start + 4000, 4, 1],
      [start + 9000, 9, 1],
      [start + 11_000, 11, 1],
    ])
  })
  it('keeps the last ten minutes of a queue', () => {
    const history = new History()
    for (let i = 0; i < 300; i++) history.record(sampleAt(start + i * 5000, i), null)
    expect(line(history)).toHaveLength(120)
    expect(line(history)?.[0]).toEqual([start + 180 * 5000, 180, 0])
    expect(line(history)?.at(-1)).toEqual([start + 299 * 5000, 299, 0])
  })
  it('keeps at most 500 memory points of the last hour, evenly spaced', () => {
    const history = new History()
    for (let second = 0; second <= 7200; second++) {
      history.record(sampleAt(start + second * 1000), 7)
      if (second === 300) expect(history.memory()).toHaveLength(301)
    }
    const memory = history.memory()
    expect(memory.length).toBeLessThanOrEqual(500)
    expect(memory.length).toBeGreaterThan(400)
    expect(memory.at(-1)).toMatchObject({ at: start + 7_200_000, rssBytes: 7, keys: 1, clients: 2, opsPerSecond: 3 })
    expect(memory[0]?.at).toBeGreaterThan(start + 3_600_000)
    expect(memory[0]?.at).toBeLessThan(start + 3_620_000)
    const steps = memory.slice(1).map(({ at }, i) => at - (memory[i]?.at ?? 0))
    expect(Math.max(...steps)).toBe(8000)
  })
  it('draws nothing from a queue that could not be read, and forgets one that is known no longer', () => {
    const history = new History()
    const sample = sampleAt(start)
    history.record({ ...sample, queues: sample.queues.map((queue) => ({ ...queue, problem: 'no' })) }, null)
    expect(history.points()).toEqual({})
    history.record(sampleAt(start), null)
    history.record(sampleAt(start + 5000, 0, 0, []), null)
    expect(history.points()).toEqual({})
  })
})

describe('the history file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-history-'))
  })
  afterEach(() => {
    vi.useRealTimers()
    rmSync(folder, { recursive: true, force: true })
  })

  it('brings back lines, memory and queues', async () => {
    const file = historyFile(folder, 'a/b')
    expect(file).toBe(join(folder, 'history', 'a%2Fb.json'))
    const before = new HistoryKeeper(file, () => {})
    before.record(sampleAt(start, 4, 2), 9, () => [])
    await before.save([{ queue: email, seenAt: start }])
    const after = new HistoryKeeper(file, () => {})
    expect(await after.load()).toEqual([{ queue: email, seenAt: start }])
    expect(after.past.points()).toEqual(before.past.points())
    expect(after.past.memory()).toEqual(before.past.memory())
    expect(readdirSync(join(folder, 'history'))).toEqual(['a%2Fb.json']) // no draft is left
  })
  it('is written once a minute at most, and at the end', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const file = historyFile(folder, 'c')
    const keeper = new HistoryKeeper(file, () => {})
    let asked = 0
    const remembered = () => {
      asked++
      return []
    }
    for (let second = 0; second < 150; second++) {
      keeper.record(sampleAt(start + second * 1000), null, remembered)
      vi.advanceTimersByTime(1000)
      if (second === 60) await keeper.save([]) // waits for the write that is under way
    }
    expect(asked).toBe(2)
    await keeper.save([])
    const { mtimeMs } = statSync(file)
    await keeper.save([]) // nothing new
    expect(statSync(file).mtimeMs).toBe(mtimeMs)
    expect((await readHistory(file))?.memory).toHaveLength(150)
  })
  it('has a fixed size, whatever the number of queues', async () => {
    const history = new History()
    const many = Array.from({ length: 2500 }, (_, i) => ({ ...email, name: `q${i}` }))
    history.record(sampleAt(start, 1, 1, many), null)
    const file = historyFile(folder, 'c')
    await writeHistory(file, history.stored(many.map((queue) => ({ queue, seenAt: start }))))
    expect((await readHistory(file))?.queues).toHaveLength(2000)
  })
  it.each(['', '{"version":1', '{"version":2,"queues":[],"memory":[]}', '[]'])('starts anew from %j', async (text) => {
    const file = join(folder, 'broken.json')
    writeFileSync(file, text)
    expect(await readHistory(file)).toBeNull()
  })
  it('tells once when the disk refuses, and goes on', async () => {
    writeFileSync(join(folder, 'history'), 'a file where the folder should be')
    const problems: string[] = []
    const keeper = new HistoryKeeper(historyFile(folder, 'c'), (sentence) => problems.push(sentence))
    for (let i = 0; i < 3; i++) {
      keeper.record(sampleAt(start + i), null, () => [])
      await keeper.save([])
    }
    expect(problems).toEqual([expect.stringMatching(/^The history could not be written: /)])
  })
})
