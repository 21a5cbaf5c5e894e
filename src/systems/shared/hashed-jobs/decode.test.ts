import { describe, expect, it } from 'vitest'
import { storedJob } from '../../../../test/recorded/stored-job.ts'
import { layout as bull } from '../../bull/keys.ts'
import { layout as bullmq } from '../../bullmq/keys.ts'
import { summaryOf } from './decode.ts'
import { detailOf } from './detail.ts'
import { failuresOf } from './failures.ts'
import { isMarker } from './layout.ts'

const now = 1_800_000_000_000

describe.each([bull, bullmq])('jobs that nobody should have stored, in the layout of $label', (layout) => {
  it('are rows with badges', () => {
    expect(summaryOf(layout, storedJob({}), 'wait', now).badges).toEqual(['no-data'])
    expect(summaryOf(layout, storedJob({ processedOn: '1' }), 'active', now).badges).toEqual(['no-data', 'stalled'])
    expect(summaryOf(layout, storedJob({}, { wrongType: true }), 'failed', now).badges).toEqual(['wrong-type'])
    const odd = {
      data: '{',
      opts: '[',
      timestamp: 'x',
      [layout.attempts[0] ?? '']: '-',
      progress: '{"a":1}',
      failedReason: '',
      name: '',
    }
    expect(summaryOf(layout, storedJob(odd), 'failed', now)).toMatchObject({
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
    expect(summaryOf(layout, storedJob({ failedReason: 'no' }), 'failed', now).error).toBe('no')
    expect(summaryOf(layout, storedJob({ failedReason: 'no' }), 'completed', now).error).toBeNull()
  })
  it('show fields that nobody knows under their own names, in a steady order', () => {
    const fields = ['zz', 'toString', 'priority', 'name'].map((name) => ({ name, value: Buffer.from('7'), size: 1 }))
    const read = {
      queue: { system: 'bullmq' as const, prefix: '', name: 'q' },
      layout,
      id: Buffer.from('1'),
      state: 'wait',
      now,
    }
    const side = {
      mark: '',
      wrongType: false,
      found: new Map(),
      unsure: false,
      hidden: null,
      lock: null,
      logs: [],
      logCount: 0,
      children: [],
    }
    const shown = detailOf({ ...read, sighting: { fields, ...side } }).fields.map(({ label, value }) => [label, value])
    expect(shown).toEqual([
      ['Priority', '7'],
      ['toString', '7'],
      ['zz', '7'],
      ['Key', 'bull:q:1'],
    ])
  })
  it('say so when a payload is too large to look into', () => {
    const summary = summaryOf(layout, storedJob({}, { size: 3_000_000 }), 'wait', now)
    expect(summary).toMatchObject({
      preview: '3000000 bytes: open the job to read them',
      bytes: 3_000_000,
      badges: ['large'],
    })
  })
  it('give the stacks that a cut or foreign stacktrace still holds', () => {
    const messages = (stacktrace: string, more = {}) =>
      failuresOf(layout, storedJob({ stacktrace, ...more })).map((each) => each.message)
    expect(messages('["Error: a\\n    at x","Error: b\\n    a')).toEqual(['Error: a'])
    expect(messages('["Error: a\\nwith detail\\n    at x"]')).toEqual(['Error: a\nwith detail'])
    expect(messages('["a",{"b":1},null]')).toEqual(['a', '{"b":1}', 'null'])
    for (const nothing of ['', '{}', 'null', '"a', '[', '"\\x"']) expect(messages(nothing), nothing).toEqual([])
  })
  it('number the attempts from the last one, and add an error that has no stack', () => {
    const stalled = {
      stacktrace: '["Error: a"]',
      [layout.attempts[0] ?? '']: '4',
      failedReason: 'job stalled more than allowable limit',
    }
    expect(failuresOf(layout, storedJob(stalled))).toEqual([
      { attempt: 4, message: 'Error: a', stack: 'Error: a' },
      { attempt: 4, message: 'job stalled more than allowable limit', stack: null },
    ])
    expect(failuresOf(layout, storedJob({ failedReason: 'no' }))).toEqual([{ attempt: 1, message: 'no', stack: null }])
  })
})

describe('ids', () => {
  it('are markers of old versions only in their form', () => {
    const marked = ['0:0', '0:1700000000000', '0', '0:', '10:1', '0:1:2', 'repeat:0:1'].filter((id) =>
      isMarker(bullmq, Buffer.from(id)),
    )
    expect(marked).toEqual(['0:0', '0:1700000000000'])
    expect(isMarker(bull, Buffer.from('0:0'))).toBe(false)
  })
})

describe('attempts', () => {
  it('count under the name of today or of old versions', () => {
    expect(summaryOf(bullmq, storedJob({ attemptsMade: '3' }), 'failed', now).attempts).toBe(3)
    expect(summaryOf(bullmq, storedJob({ atm: '2', attemptsMade: '3' }), 'failed', now).attempts).toBe(2)
  })
})
