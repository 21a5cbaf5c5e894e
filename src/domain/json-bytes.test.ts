import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteMembers, findMembers } from './json-bytes.ts'
import { isJson, members } from './json-text.ts'

const into = byteMembers()

/** What it finds, as `members` tells it of the text; null where it leaves that to others. */
function found(bytes: Buffer) {
  if (!findMembers(bytes, into)) return null
  return Array.from({ length: into.count }, (_, i) => ({
    key: bytes.toString('utf8', into.nameStart[i], into.nameEnd[i]),
    value: bytes.toString('utf8', into.valueStart[i], into.valueEnd[i]),
  }))
}

/** The same of the text; null for what is no object with members, or no JSON at all. */
function told(bytes: Buffer) {
  const text = bytes.toString('utf8')
  const all = isUtf8(bytes) && isJson(text) ? members(text) : []
  return all.length === 0
    ? null
    : all.map(({ key, valueStart, valueEnd }) => ({ key, value: text.slice(valueStart, valueEnd) }))
}

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.constant('x'.repeat(100)))
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.double({ noNaN: true }),
  text,
  text.map((one) => 'long '.repeat(20) + one),
)
const object = fc.array(fc.tuple(text, value), { maxLength: 8 }).map((pairs) => {
  return `{${pairs.map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`).join(',')}}`
})
const spaced = fc.tuple(object, fc.constantFrom('', ' ', '\n\t')).map(([json, gap]) => `${gap}${json}${gap}`)
/** One byte of it is another, is gone, or there is one more. */
const damaged = fc.tuple(spaced, fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 2 })).map(([json, where, byte, how]) => {
  const bytes = Buffer.from(json)
  const at = where % bytes.length
  return Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from(how === 0 ? [] : [byte]),
    bytes.subarray(how === 2 ? at : at + 1),
  ])
})

describe('findMembers', () => {
  it('finds what is found in the text of any object', () => {
    fc.assert(
      fc.property(spaced, (json) => {
        const bytes = Buffer.from(json)
        const byBytes = found(bytes)
        const unusual = json.trim() === '{}' || json.includes('\\')
        if (byBytes !== null || !unusual) expect(byBytes).toEqual(told(bytes))
      }),
    )
  })

  it('finds nothing in what is no JSON', () => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        const byBytes = isUtf8(bytes) ? found(bytes) : null
        if (byBytes !== null) expect(byBytes).toEqual(told(bytes))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":+1}',
    '{"a":1e}',
    '{"a":-}',
    '{"a":NaN}',
    '{"a":tru}',
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
    '{"a":"tab\there"}',
    `{"a":"${'long '.repeat(20)}\n"}`,
    `{"a":"${'long '.repeat(20)}`,
    '{"a":1,}',
    '{"a" 1}',
    '{"a":1}}',
    '{"a":[1,]}',
    '{"a":[}',
    '{,}',
    '{"a":1',
    '\uFEFF{"a":1}',
    '[1]',
    '"text"',
    '{}',
    '',
  ])('finds nothing in %s', (json) => {
    expect(found(Buffer.from(json))).toBeNull()
  })

  it('leaves what is unusual to others', () => {
    expect(found(Buffer.from('{"\\u0065rror":1}'))).toBeNull()
    expect(found(Buffer.from(`{"a":${'['.repeat(100)}${']'.repeat(100)}}`))).toBeNull()
    expect(
      found(Buffer.from(JSON.stringify(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [i, i]))))),
    ).toBeNull()
  })

  it('takes what JSON allows', () => {
    const json = `{"a":-0.5e+10,"b":[{"c":{}},[]],"d":"\\u00e9\\n\\"${'x'.repeat(70)}\\\\","e":"${'é'.repeat(50)}","":null}`
    expect(found(Buffer.from(json))).toEqual(told(Buffer.from(json)))
    expect(found(Buffer.from(json))).toHaveLength(5)
  })
})
