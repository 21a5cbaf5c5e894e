import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filterIn, type PlaceFacts } from './filter-in.ts'
import { type FilteredJob, matcherOf, testOf } from './match.ts'
import { type Comparison, type JobFilter, operators, type PathStep, parseFilter } from './parse.ts'
import { filterText } from './print.ts'
import { mayHold, storedForms } from './stored-forms.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
type Given = Omit<FilteredJob, 'payload' | 'text'> & { readonly payload: string }
const job: Given = {
  id: 'job-7',
  name: 'send',
  error: 'connect ETIMEDOUT 10.0.0.7:443',
  at: now - 3 * 3_600_000,
  createdAt: now - 86_400_000,
  attempts: 3,
  bytes: 2048,
  progress: null,
  payload: JSON.stringify({
    id: 'job-7',
    name: 'own name',
    data: {
      user: { id: 42, plan: 'Pro plan' },
      items: [{ sku: 'a' }, { sku: 'b' }],
      city: 'München',
      at: '2026-11-02',
    },
  }).replace('42', '9007199254740993'),
}

const here: PlaceFacts = {
  queue: ['email', 'queue:email'],
  state: ['dead', 'Dead'],
  kind: 'failed',
  system: ['plain-list', 'Plain list'],
}

function parsed(text: string): JobFilter {
  const filter = parseFilter(text)
  if (filter === null || 'problem' in filter) throw new Error(`${text}: ${filter?.problem ?? 'empty'}`)
  return filter
}

function matches(text: string, over: Partial<Given> = {}, place = here): boolean {
  const filter = filterIn(parsed(text), place)
  if (typeof filter === 'boolean') return filter
  const { payload, ...facts } = { ...job, ...over }
  return matcherOf(filter, now)({ ...facts, payload: Buffer.from(payload), text: payload })
}

describe('a filter of jobs', () => {
  it.each([
    // words
    ['etimedout', true],
    ['"pro PLAN"', true],
    ['pro plan', true],
    ['pro plane', false],
    ['münchen', true],
    ['JOB-7', true],
    ['MÜNCHEN', true],
    ['"no way"', false],
    // facts
    ['id = job-7', true],
    ['name = send', true],
    ['payload.name = "own name"', true],
    ['error ~ timedout', true],
    ['error !~ timedout', false],
    ['age > 2h', true],
    ['age > 4h', false],
    ['age <= 180min', true],
    ['attempts >= 3 and attempts < 4', true],
    ['bytes > 1.5kb', true],
    ['bytes > 2kb', false],
    ['progress > 0', false],
    ['error = missing', false],
    ['error != missing', true],
    ['progress = missing', true],
    ['signature = "connect ETIMEDOUT <address>"', true],
    ['signature = "connect ETIMEDOUT 10.0.0.7:443"', false],
    ['failed < 10min', false],
    ['failed > 2h', true],
    ['created >= 1d', true],
    // where it is
    ['queue = email', true],
    ['queue = "queue:email"', true],
    ['queue ~ mail and state = dead', true],
    ['queue = sms', false],
    ['kind = failed', true],
    ['kind != failed', false],
    ['not kind = waiting', true],
    ['system = plain-list', true],
    ['queue = sms or attempts = 3', true],
    ['queue = sms and attempts = 3', false],
    ['payload.queue = email', false],
    // paths
    ['data.user.id = 9007199254740993', true],
    ['data.user.id = 9007199254740992', false],
    ['data.user.id > 9007199254740992', true],
    ['data.user.id != 9007199254740993', false],
    ['data.user.plan = "Pro plan"', true],
    ['data.user.plan = pro', false],
    ['data.items[1].sku = b', true],
    ['data.items[0].sku = b', false],
    ['data.items[].sku = b', true],
    ['data.items[].sku != c', true],
    ['data.at >= 2026-11-01', true],
    ['data.at >= 2026-12-01', false],
    ['data.user.nothing = 1', false],
    ['data.user.nothing != 1', true],
    ['data.user.nothing = missing', true],
    ['data.user.id = missing', false],
    ['data.user != missing', true],
    ['data["user"].plan ~ PRO', true],
    ['payload["data"]["user"].plan ~ PRO', true],
    // both
    ['attempts = 3 timedout', true],
    ['attempts = 4 or timedout', true],
    ['not timedout', false],
    ['not (attempts = 4 or bytes < 1kb) and id = job-7', true],
    ['a=1 or b=2 and c=3 or attempts=3', true],
  ])('%s', (text, expected) => {
    expect(matches(text)).toBe(expected)
  })

  it('looks into jobs that failed alone for when they did', () => {
    const waiting: PlaceFacts = { ...here, state: ['waiting'], kind: 'waiting' }
    expect(matches('failed > 2h', {}, waiting)).toBe(false)
    expect(matches('age > 2h', {}, waiting)).toBe(true)
  })

  it('tells the hour by the clock of this computer', () => {
    const at = new Date(2026, 10, 22, 3, 59).getTime()
    expect(matches('hour = 3', { at })).toBe(true)
    expect(matches('hour = 4', { at })).toBe(false)
  })

  it('needs nothing of a job where its place answers, and asks what is cheap first', () => {
    const asked: string[] = []
    const watched = new Proxy({ ...job, payload: Buffer.from('{}'), text: '{}' } as FilteredJob, {
      get: (target, key) => {
        asked.push(String(key))
        return Reflect.get(target, key)
      },
    })
    expect(filterIn(parsed('queue = sms and name = x'), here)).toBe(false)
    expect(matcherOf(parsed('name = send and data.user.id = 1 and error ~ nothing'), now)(watched)).toBe(false)
    expect(asked).toEqual(['error'])
  })

  it('does not read a payload whose bytes rule it out', () => {
    const matcher = matcherOf(parsed('data.user.id = 42 and data.plan ~ pro'), now)
    const unread = {
      ...job,
      payload: Buffer.from('{"data":{"plan":"pro","user":{"id":41}}}'),
      get text(): string {
        throw new Error('read')
      },
    }
    expect(matcher(unread)).toBe(false)
    expect(() =>
      matcher({
        ...unread,
        payload: Buffer.from('{"plan":"pro","user":{"id":42}}'),
        get text(): string {
          throw new Error('read')
        },
      }),
    ).toThrow('read')
  })

  it('finds fields of a payload that is the data itself, as Bull keeps it', () => {
    expect(matches('data.user.id = 5', { payload: '{"user":{"id":5}}' })).toBe(true)
    expect(matches('user.id = 5', { payload: '{"user":{"id":5}}' })).toBe(true)
  })

  it('finds text however its payload escapes it', () => {
    expect(matches('münchen', { payload: '{"city":"M\\u00fcnchen"}' })).toBe(true)
    expect(matches('"say \\"hi\\""', { payload: '{"text":"say \\"hi\\""}' })).toBe(true)
    expect(matches('https://x.org/a', { payload: '{"url":"https:\\/\\/x.org\\/a"}' })).toBe(true)
    expect(matches('"a<b"', { payload: '{"text":"a\\u003cb"}' })).toBe(true)
    expect(matches('"App\\\\Mail"', { payload: '{"job":"App\\\\Mail"}' })).toBe(true)
    expect(matches('東京', { payload: '{"city":"\\u6771\\u4eac"}' })).toBe(true)
    expect(matches('😀', { payload: '{"text":"\\ud83d\\ude00"}' })).toBe(true)
  })

  it('compares numbers with numbers alone', () => {
    expect(matches('a > 5', { payload: '{"a":"many"}' })).toBe(false)
    expect(matches('a = 5.0', { payload: '{"a":5}' })).toBe(true)
    expect(matches('a = "5"', { payload: '{"a":5}' })).toBe(true)
    expect(matches('a = null', { payload: '{"a":null}' })).toBe(true)
  })

  it.each([
    ['(a = 1', 'This bracket is not closed.', 0],
    ['a = 1)', 'This bracket was not opened.', 5],
    ['a =', 'A value stands after =.', 2],
    ['= 1', 'What is to be compared stands before =.', 0],
    ['a = "x', 'This quote is not closed.', 4],
    ['not', 'Something is missing at the end.', 3],
    ['a..b = 1', 'a..b is no path like data.user.id.', 0],
    ['a["x = 1', 'This quote is not closed.', 2],
    ['kind = dead', 'There is no kind dead, only waiting, delayed, active, retrying, failed, completed, paused.', 7],
    ['x and age > soon', 'age is a number, maybe with a unit like 2h or 5kb.', 12],
    ['('.repeat(200), 'This is nested too deeply.', 100],
  ])('%s is refused', (text, problem, at) => {
    expect(parseFilter(text)).toEqual({ problem, at })
  })

  it('of nothing is none', () => {
    expect(parseFilter('  ')).toBeNull()
  })
})

const step = fc.oneof(
  fc.constantFrom<PathStep>('data', 'id', 'a b', 'not', 'x.y', '[]', '"', 'größe', 0, 7, null),
  fc.string({ minLength: 1, maxLength: 5, unit: 'grapheme' }),
)
const value = fc.oneof(
  fc.constantFrom('42', '0.5', '9007199254740993', '', 'not', 'missing', 'a "b" \\', "it's", 'x\ny', '(', '1e3'),
  fc.string({ maxLength: 6, unit: 'grapheme' }),
)
const comparison: fc.Arbitrary<JobFilter> = fc
  .record({
    kind: fc.constant('compare' as const),
    path: fc.tuple(fc.constantFrom('data', 'payload', 'user', 'a-b'), fc.array(step, { minLength: 1, maxLength: 3 })),
    operator: fc.constantFrom(...operators),
    value,
    quoted: fc.constant(true),
  })
  .map(({ path: [first, rest], ...other }) => ({ ...other, path: [first, ...rest] }))
const filters = fc.letrec<{ filter: JobFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    comparison,
    value.map((text): JobFilter => ({ kind: 'text', text })),
    tie('filter').map((of): JobFilter => ({ kind: 'not', of })),
    fc
      .tuple(fc.constantFrom('all' as const, 'any' as const), fc.array(tie('filter'), { minLength: 2, maxLength: 3 }))
      .map(([kind, of]): JobFilter => ({ kind, of })),
  ),
})).filter

describe('filterText', () => {
  it.each(['data.user.id = 42', 'error ~ timeout', '(a or b) and not c', 'data["a b"][0].c[] = "x y"', '"a b" = 1'])(
    '%s stays what it is',
    (text) => {
      expect(filterText(parsed(text))).toBe(text)
    },
  )

  it('prints what is read as the same filter', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(parseFilter(filterText(filter))).toEqual(filter)
      }),
    )
  })

  it('begins a path with a word that is none of the language', () => {
    const filter: JobFilter = { kind: 'compare', path: ['not', 'a'], operator: '=', value: 'x', quoted: true }
    expect(filterText(filter)).toBe('payload.not.a = "x"')
  })
})

describe('what bytes rule out', () => {
  const scalar = fc.oneof(
    fc.constantFrom(
      '42',
      '42.0',
      '4.2e1',
      '"42"',
      '0.5',
      '5e-1',
      '"5.0e-1"',
      '9007199254740993',
      '41.99999999999999999999',
      'true',
      'null',
    ),
    fc.string({ maxLength: 6, unit: 'grapheme' }).map((text) => JSON.stringify(text)),
    fc.constantFrom('"M\\u00fcnchen"', '"\\u0061\\u0062"', '"a\\/b"', '"\\u003ca>"'),
  )
  const names = fc.constantFrom('id', 'größe', 'a/b', 'a b')
  const writtenNames: Record<string, string[]> = {
    id: ['"id"', '"\\u0069d"'],
    größe: ['"größe"', '"gr\\u00f6\\u00dfe"'],
    'a/b': ['"a/b"', '"a\\/b"'],
    'a b': ['"a b"'],
  }
  const wanted = fc.constantFrom(
    '42',
    '42.0',
    '0.5',
    '.5',
    '1',
    '9007199254740993',
    'münchen',
    'a/b',
    'ab',
    '<a>',
    'true',
    'null',
  )

  it('is nothing that a full look would find', () => {
    fc.assert(
      fc.property(
        names,
        fc.nat(),
        scalar,
        wanted,
        fc.constantFrom(...operators),
        fc.boolean(),
        (name, spelling, raw, value, operator, quoted) => {
          const spellings = writtenNames[name] as string[]
          const payload = Buffer.from(`{"x":1,${spellings[spelling % spellings.length]}:${raw}}`)
          const asked: Comparison = { kind: 'compare', path: [name], operator, value, quoted }
          const text = raw.startsWith('"') ? (JSON.parse(raw) as string) : raw
          const test = testOf(asked)
          if (test([text]) !== test([])) expect(mayHold(asked)(payload)).toBe(true)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('is most of what does not match', () => {
    const asked: Comparison = { kind: 'compare', path: ['user', 'id'], operator: '=', value: '4711', quoted: false }
    const id = '6f9619ff-8b86-d011-b42d-00cf4fc964ff' // holds what looks like an exponent
    expect(mayHold(asked)(Buffer.from(`{"user":{"id":4712,"key":"${id}"}}`))).toBe(false)
    expect(mayHold(asked)(Buffer.from('{"user":{"no":4711}}'))).toBe(false)
    expect(storedForms('4711')(Buffer.from('{"user":{"id":4712}}'))).toBe(false)
  })
})
