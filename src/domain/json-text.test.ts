import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isJson, jsonScalar, members, prettyJson, readFields, removeFields, setField, timeOf } from './json-text.ts'

const job = '{"id":"j1", "n":9007199254740993,"data":{"id":"inner","list":[1,{"a":"}"}]},"to":"a\\"b","attempts":0}'

describe('reading', () => {
  it('finds the top-level members and no inner ones', () => {
    expect(members(job).map(({ key }) => key)).toEqual(['id', 'n', 'data', 'to', 'attempts'])
  })
  it('keeps integers beyond 2^53 as their digits', () => {
    expect(readFields(job, ['n'])).toEqual({ n: { raw: '9007199254740993' } })
  })
  it('reads what a cut text still holds whole', () => {
    expect(members(job.slice(0, 60)).map(({ key }) => key)).toEqual(['id', 'n'])
  })
  it('takes the last of a repeated key, as JSON.parse does', () => {
    expect(readFields('{"a":1,"a":2}', ['a'])).toEqual({ a: 2 })
  })
  it('finds nothing in values that are no object, and never throws', () => {
    for (const text of ['', 'null', '"x"', '[1]', '{', '{"a"', '{"a":', '{"a":1', '{"\\x":1}', '\u0000']) {
      expect(() => members(text)).not.toThrow()
      expect(readFields(text, ['a'])).toEqual({})
    }
  })
  it('agrees with JSON.parse on any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const text = JSON.stringify(object)
        expect(members(text).map(({ key }) => key)).toEqual(Object.keys(JSON.parse(text)))
        for (const { key, valueStart, valueEnd } of members(text)) {
          expect(JSON.parse(text.slice(valueStart, valueEnd))).toEqual(JSON.parse(text)[key])
        }
      }),
    )
  })
})

describe('editing', () => {
  it('sets a present field and leaves every other byte', () => {
    expect(setField(job, 'attempts', '3')).toBe(job.replace('"attempts":0', '"attempts":3'))
  })
  it('adds a new field at the end', () => {
    expect(setField('{"a":1}', 'error', '"x"')).toBe('{"a":1,"error":"x"}')
    expect(setField('{}', 'error', '"x"')).toBe('{"error":"x"}')
  })
  it('removes fields wherever they stand', () => {
    expect(removeFields('{"a":1,"b":2,"c":3}', ['a'])).toBe('{"b":2,"c":3}')
    expect(removeFields('{"a":1,"b":2,"c":3}', ['b', 'c'])).toBe('{"a":1}')
    expect(removeFields('{"a":1}', ['a'])).toBe('{}')
    expect(removeFields('{"a":1,"a":2,"b":3}', ['a'])).toBe('{"b":3}')
  })
  it('undoes what it set, for any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (object, value) => {
        const text = JSON.stringify(object)
        const name = 'failedAt\u0000new'
        const changed = setField(text, name, JSON.stringify(value))
        expect(JSON.parse(changed)).toEqual({ ...JSON.parse(text), [name]: JSON.parse(JSON.stringify(value)) })
        expect(removeFields(changed, [name])).toBe(text)
      }),
    )
  })
})

describe('prettyJson', () => {
  it('indents and keeps digits, escapes and repeated keys', () => {
    expect(prettyJson('{"n":9007199254740993,"e":"\\u00e9 {,}","n":[],"o":{"a":[1,2]}}')).toBe(
      '{\n  "n": 9007199254740993,\n  "e": "\\u00e9 {,}",\n  "n": [],\n  "o": {\n    "a": [\n      1,\n      2\n    ]\n  }\n}',
    )
  })
  it('means the same as the text it was made from', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(prettyJson(text))).toEqual(JSON.parse(text))
      }),
    )
  })
})

describe('scalars and times', () => {
  it('reads scalars exactly or leaves them raw', () => {
    expect([jsonScalar('1.5'), jsonScalar('"a"'), jsonScalar('null'), jsonScalar('[1]')]).toEqual([
      1.5,
      'a',
      null,
      { raw: '[1]' },
    ])
  })
  it('reads ISO text, seconds, float seconds and ms as the same time', () => {
    const at = Date.parse('2024-01-01T00:00:00Z')
    expect([timeOf('2024-01-01T00:00:00Z'), timeOf(at / 1000), timeOf(`${at / 1000}.0`), timeOf(at)]).toEqual([
      at,
      at,
      at,
      at,
    ])
    expect([timeOf('soon'), timeOf(undefined), timeOf(null), timeOf(0)]).toEqual([null, null, null, null])
  })
  it('reads any text of a time as Date.parse does', () => {
    const part = fc.constantFrom('00', '01', '02', '28', '29', '30', '31', '12', '13', '23', '24', '59', '60', 'x1')
    const text = fc.tuple(
      fc.constantFrom('2026', '0026', '20x6'),
      fc.array(part, { minLength: 5, maxLength: 5 }),
      fc.boolean(),
    )
    const times = text.map(([year, [month, day, hour, minute, second], long]) => {
      return `${year}-${month}-${day}T${hour}:${minute}:${second}${long ? '.123' : ''}Z`
    })
    const real = fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
    fc.assert(
      fc.property(fc.oneof(times, real), (time) => {
        const parsed = Date.parse(time)
        expect(timeOf(time)).toBe(Number.isNaN(parsed) ? null : parsed)
      }),
      { numRuns: 1000 },
    )
  })
  it('reads any string as JSON.parse does', () => {
    const raws = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
      fc
        .array(fc.constantFrom('"', '\\', 'n', 'u00e9', '\n', 'a', '\u0000'), { maxLength: 6 })
        .map((all) => `"${all.join('')}"`),
    )
    fc.assert(
      fc.property(raws, (raw) => {
        expect(jsonScalar(raw)).toEqual(isJson(raw) ? JSON.parse(raw) : { raw })
      }),
      { numRuns: 1000 },
    )
  })
  it('tells JSON from what only looks like it', () => {
    expect([isJson('{"a":1}'), isJson('{"a":1'), isJson('null'), isJson('')]).toEqual([true, false, true, false])
  })
})
