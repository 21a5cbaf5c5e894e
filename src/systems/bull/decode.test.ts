import { describe, expect, it } from 'vitest'
import { bullRecording } from '../../../test/recorded/bull-recording.ts'
import { type StoredJob, summaryOf } from './decode.ts'
import { detailOf } from './detail.ts'
import { failuresOf } from './failures.ts'
import { isStateId, places, type StateId, stateIds } from './keys.ts'
import { parseRef, refOf } from './refs.ts'

const { ids, jobs, locked, states } = bullRecording('bull-4.16.json')
const now = Number(jobs[String(ids.later)]?.timestamp) + 1000

function storedJob(state: StateId, role: string): StoredJob {
  const id = String(ids[role])
  const entry = states[places[state].suffix]?.find((each) => each.id === id)
  const hash = jobs[id]
  if (entry === undefined || hash === undefined) throw new Error(`no ${role} in ${state}`)
  return job(hash, {
    id: Buffer.from(id),
    score: entry.score === null ? null : Number(entry.score),
    locked: locked.includes(id),
  })
}

function job(hash: Readonly<Record<string, string>>, rest: Partial<StoredJob> = {}): StoredJob {
  const fields = new Map(Object.entries(hash).map(([name, value]) => [name, Buffer.from(value)]))
  const data = fields.get('data') ?? null
  return {
    id: Buffer.from('1'),
    data,
    size: data?.length ?? 0,
    fields,
    score: null,
    locked: false,
    wrongType: false,
    ...rest,
  }
}

const detail = (state: StateId, role: string) => {
  const { id, fields, score, locked: held } = storedJob(state, role)
  return detailOf({
    queue: { system: 'bull', prefix: 'bull', name: 'mail' },
    id,
    state,
    now,
    sighting: {
      fields: Array.from(fields, ([name, value]) => ({ name, value, size: value.length })),
      wrongType: false,
      found: new Map([[state, score]]),
      unsure: false,
      lock: held ? { token: 'token', ttl: 29_950 } : null,
      logs: ['one'],
      logCount: 1,
    },
  })
}

describe('jobs that Bull 4.16.5 stored', () => {
  it('are all read, without a badge', () => {
    for (const state of stateIds) {
      for (const { id } of states[places[state].suffix] ?? []) {
        const role = Object.keys(ids).find((each) => ids[each] === id) ?? ''
        const summary = summaryOf(storedJob(state, role), state, now)
        expect(summary.badges, role).toEqual([])
        expect(summary, role).toMatchObject({
          id,
          state,
          createdAt: Number(jobs[id]?.timestamp),
          preview: jobs[id]?.data,
        })
      }
    }
  })
  it('give their times from the place where each state keeps them', () => {
    const { boom, ok, hold, later } = Object.fromEntries(
      Object.entries(ids).map(([role, id]) => [role, jobs[String(id)]]),
    )
    expect(summaryOf(storedJob('failed', 'boom'), 'failed', now).at).toBe(Number(boom?.finishedOn))
    expect(summaryOf(storedJob('completed', 'ok'), 'completed', now).at).toBe(Number(ok?.finishedOn))
    expect(summaryOf(storedJob('active', 'hold'), 'active', now).at).toBe(Number(hold?.processedOn))
    expect(summaryOf(storedJob('delayed', 'later'), 'delayed', now).at).toBe(Number(later?.timestamp) + 3_600_000)
    expect(summaryOf(storedJob('waiting', 'plain'), 'waiting', now)).toMatchObject({
      at: null,
      name: null,
      maxAttempts: 1,
    })
  })
  it('are late only once workers had time to see that they are due', () => {
    const job = storedJob('delayed', 'later')
    const due = summaryOf(job, 'delayed', now).at ?? 0
    expect(summaryOf(job, 'delayed', due + 9_000).badges).toEqual([])
    expect(summaryOf(job, 'delayed', due + 11_000).badges).toEqual(['overdue'])
  })
  it('tell every attempt, the lock and the options', () => {
    expect(detail('failed', 'boom').failures.map(({ attempt, message }) => [attempt, message])).toEqual([
      [1, 'Error: boom at 0'],
      [2, 'Error: boom at 1'],
    ])
    expect(detail('active', 'hold').fields).toContainEqual({
      label: 'Lock',
      value: 'token, for another 29.9 s',
      mono: true,
    })
    expect(detail('waiting', 'high').fields.map(({ label }) => label)).toEqual(['Options', 'Priority', 'Key'])
    expect(detail('completed', 'ok').result).toMatchObject({
      text: jobs[String(ids.ok)]?.returnvalue,
      truncated: false,
    })
  })
})

describe('jobs that nobody should have stored', () => {
  it('are rows with badges', () => {
    expect(summaryOf(job({}), 'waiting', now).badges).toEqual(['no-data'])
    expect(summaryOf(job({ processedOn: '1' }), 'active', now).badges).toEqual(['no-data', 'stalled'])
    expect(summaryOf(job({}, { wrongType: true }), 'failed', now).badges).toEqual(['wrong-type'])
    const odd = {
      data: '{',
      opts: '[',
      timestamp: 'x',
      attemptsMade: '-',
      progress: '{"a":1}',
      failedReason: '',
      name: '',
    }
    expect(summaryOf(job(odd), 'failed', now)).toMatchObject({
      badges: ['invalid-json'],
      name: null,
      createdAt: null,
      at: null,
      attempts: 0,
      maxAttempts: null,
      progress: null,
      error: null,
    })
  })
  it('have no error once they are completed, though an earlier attempt left one', () => {
    expect(summaryOf(job({ failedReason: 'no' }), 'failed', now).error).toBe('no')
    expect(summaryOf(job({ failedReason: 'no' }), 'completed', now).error).toBeNull()
  })
  it('show fields that nobody knows under their own names, in a steady order', () => {
    const fields = ['zz', 'toString', 'priority', 'name'].map((name) => ({ name, value: Buffer.from('7'), size: 1 }))
    const read = {
      queue: { system: 'bull' as const, prefix: '', name: 'q' },
      id: Buffer.from('1'),
      state: 'waiting' as const,
      now,
    }
    const side = { wrongType: false, found: new Map(), unsure: false, lock: null, logs: [], logCount: 0 }
    const shown = detailOf({ ...read, sighting: { fields, ...side } }).fields.map(({ label, value }) => [label, value])
    expect(shown).toEqual([
      ['Priority', '7'],
      ['toString', '7'],
      ['zz', '7'],
      ['Key', 'bull:q:1'],
    ])
  })
  it('say so when a payload is too large to look into', () => {
    const summary = summaryOf(job({}, { size: 3_000_000 }), 'waiting', now)
    expect(summary).toMatchObject({
      preview: '3000000 bytes: open the job to read them',
      bytes: 3_000_000,
      badges: ['large'],
    })
  })
  it('give the stacks that a cut or foreign stacktrace still holds', () => {
    const messages = (stacktrace: string, more = {}) =>
      failuresOf(job({ stacktrace, ...more })).map((each) => each.message)
    expect(messages('["Error: a\\n    at x","Error: b\\n    a')).toEqual(['Error: a'])
    expect(messages('["Error: a\\nwith detail\\n    at x"]')).toEqual(['Error: a\nwith detail'])
    expect(messages('["a",{"b":1},null]')).toEqual(['a', '{"b":1}', 'null'])
    for (const nothing of ['', '{}', 'null', '"a', '[', '"\\x"']) expect(messages(nothing), nothing).toEqual([])
  })
  it('number the attempts from the last one, and add an error that has no stack', () => {
    const stalled = {
      stacktrace: '["Error: a"]',
      attemptsMade: '4',
      failedReason: 'job stalled more than allowable limit',
    }
    expect(failuresOf(job(stalled))).toEqual([
      { attempt: 4, message: 'Error: a', stack: 'Error: a' },
      { attempt: 4, message: 'job stalled more than allowable limit', stack: null },
    ])
    expect(failuresOf(job({ failedReason: 'no' }))).toEqual([{ attempt: 1, message: 'no', stack: null }])
  })
})

describe('refs', () => {
  it('hold any id, text or not', () => {
    for (const id of ['1', 'order:7', 'repeat:abc:123', 'a~b', '*:', 'صف\n']) {
      const seen = { state: 'delayed' as const, stamp: '7353646539223049', id: Buffer.from(id) }
      expect(parseRef(refOf(seen))).toEqual(seen)
    }
    const seen = { state: 'failed' as const, stamp: '', id: Buffer.from([0xff, 0x00, 0x3a]) }
    expect(parseRef(refOf(seen))).toEqual(seen)
  })
  it('are nothing else', () => {
    for (const text of ['', 'failed', 'failed::', 'failed:1:', 'nowhere:1:1', 'failed:x:1'])
      expect(parseRef(text)).toBeNull()
    expect(isStateId('constructor')).toBe(false)
  })
})
