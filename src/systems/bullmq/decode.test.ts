import { describe, expect, it } from 'vitest'
import { bullRecording } from '../../../test/recorded/bull-recording.ts'
import { type StoredJob, summaryOf } from './decode.ts'
import { detailOf, type Sighting } from './detail.ts'
import { failuresOf } from './failures.ts'
import { isMarker, isStateId, type StateId, stateIds } from './keys.ts'
import { parseRef, refOf } from './refs.ts'

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

const now = 1_800_000_000_000

describe.each(['bullmq-5.json', 'bullmq-6.json'])('jobs stored by BullMQ: %s', (file) => {
  const { ids, jobs, locked, states } = bullRecording(file)
  const before = Number(jobs[String(ids.later)]?.timestamp) + 1000

  function storedJob(state: StateId, id: string): StoredJob {
    const entry = states[state]?.find((each) => each.id === id)
    const hash = jobs[id]
    if (entry === undefined || hash === undefined) throw new Error(`no ${id} in ${state}`)
    const score = entry.score === null ? null : Number(entry.score)
    return job(hash, { id: Buffer.from(id), score, locked: locked.includes(id) })
  }

  const detail = (state: StateId, id: string, children: Sighting['children'] = []) => {
    const { fields, score, locked: held, ...rest } = storedJob(state, id)
    return detailOf({
      queue: { system: 'bullmq', prefix: 'bull', name: 'mail' },
      id: rest.id,
      state,
      now: before,
      sighting: {
        fields: Array.from(fields, ([name, value]) => ({ name, value, size: value.length })),
        wrongType: false,
        found: new Map([[state, score]]),
        unsure: false,
        lock: held ? { token: 'token:1', ttl: 29_950 } : null,
        logs: ['one'],
        logCount: 300,
        children,
      },
    })
  }

  it('are all read, without a badge', () => {
    let read = 0
    for (const state of stateIds) {
      for (const { id } of states[state] ?? []) {
        const summary = summaryOf(storedJob(state, id), state, before)
        const { timestamp, name, data } = jobs[id] ?? {}
        expect(summary, id).toMatchObject({ id, state, name, createdAt: Number(timestamp), preview: data, badges: [] })
        expect(summary.maxAttempts, id).toBeGreaterThanOrEqual(1)
        read++
      }
    }
    expect(read).toBe(Object.keys(jobs).length)
  })
  it('give their times from the place where each state keeps them', () => {
    const at = (state: StateId, role: string) => summaryOf(storedJob(state, String(ids[role])), state, before).at
    const stored = (role: string, field: string) => Number(jobs[String(ids[role])]?.[field])
    expect(at('failed', 'boom')).toBe(stored('boom', 'finishedOn'))
    expect(at('completed', 'ok')).toBe(stored('ok', 'finishedOn'))
    expect(at('active', 'hold')).toBe(stored('hold', 'processedOn'))
    expect(at('delayed', 'later')).toBe(stored('later', 'timestamp') + 3_600_000)
    expect(at('prioritized', 'high')).toBeNull()
  })
  it('tell attempts, lock, scheduler, parent and children', () => {
    const failed = detail('failed', String(ids.boom))
    expect(failed.failures.map(({ attempt, message }) => [attempt, message])).toEqual([
      [1, 'Error: boom at 0'],
      [2, 'Error: boom at 1'],
    ])
    expect(failed.progress).toBeNull()
    expect(failed.fields).toContainEqual({ label: 'Logs', value: 'The last 1 of 300 lines are shown.', mono: false })
    expect(detail('active', String(ids.hold)).fields).toContainEqual({
      label: 'Lock',
      value: 'token:1, for another 29.9 s',
      mono: true,
    })
    expect(detail('delayed', String(ids.cron)).fields.map(({ label }) => label)).toContain('Job scheduler')
    const { parent, children } = ids.open as { parent: string; children: string[] }
    expect(detail('delayed', String(children[0])).fields).toContainEqual({
      label: 'Parent',
      value: `bull:mail:${parent}`,
      mono: true,
    })
    expect(detail('waiting-children', parent, [{ count: 60, keys: ['bull:mail:a'] }]).fields).toContainEqual({
      label: 'Children that wait',
      value: 'bull:mail:a\nand 59 more',
      mono: true,
    })
  })
})

describe('jobs that nobody should have stored', () => {
  it('are rows with badges', () => {
    expect(summaryOf(job({}), 'wait', now).badges).toEqual(['no-data'])
    expect(summaryOf(job({ processedOn: '1' }), 'active', now).badges).toEqual(['no-data', 'stalled'])
    expect(summaryOf(job({}, { wrongType: true }), 'failed', now).badges).toEqual(['wrong-type'])
    const odd = { data: '{', opts: '[', timestamp: 'x', atm: '-', progress: '{"a":1}', failedReason: '', name: '' }
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
      queue: { system: 'bullmq' as const, prefix: '', name: 'q' },
      id: Buffer.from('1'),
      state: 'wait' as const,
      now,
    }
    const side = { wrongType: false, found: new Map(), unsure: false, lock: null, logs: [], logCount: 0, children: [] }
    const shown = detailOf({ ...read, sighting: { fields, ...side } }).fields.map(({ label, value }) => [label, value])
    expect(shown).toEqual([
      ['Priority', '7'],
      ['toString', '7'],
      ['zz', '7'],
      ['Key', 'bull:q:1'],
    ])
  })
  it('say so when a payload is too large to look into', () => {
    const summary = summaryOf(job({}, { size: 3_000_000 }), 'wait', now)
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
    const stalled = { stacktrace: '["Error: a"]', atm: '4', failedReason: 'job stalled more than allowable limit' }
    expect(failuresOf(job(stalled))).toEqual([
      { attempt: 4, message: 'Error: a', stack: 'Error: a' },
      { attempt: 4, message: 'job stalled more than allowable limit', stack: null },
    ])
    expect(failuresOf(job({ failedReason: 'no' }))).toEqual([{ attempt: 1, message: 'no', stack: null }])
  })
})

describe('ids', () => {
  it('are markers of old versions only in their form', () => {
    const marked = ['0:0', '0:1700000000000', '0', '0:', '10:1', '0:1:2', 'repeat:0:1'].filter((id) =>
      isMarker(Buffer.from(id)),
    )
    expect(marked).toEqual(['0:0', '0:1700000000000'])
  })
})

describe('attempts', () => {
  it('count under the name of today or of old versions', () => {
    expect(summaryOf(job({ attemptsMade: '3' }), 'failed', now).attempts).toBe(3)
    expect(summaryOf(job({ atm: '2', attemptsMade: '3' }), 'failed', now).attempts).toBe(2)
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
    for (const text of ['', 'failed', 'failed::', 'failed:1:', 'waiting:1:1', 'nowhere:1:1', 'failed:x:1'])
      expect(parseRef(text)).toBeNull()
    expect(isStateId('constructor')).toBe(false)
  })
})
