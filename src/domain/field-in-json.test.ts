import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldInJson } from './field-in-json.ts'
import { readFields } from './json-text.ts'

const names = ['error', 'failedAt', 'a"b', 'x']
const read = (json: string, name: string) => fieldInJson(Buffer.from(json), name)

describe('one field of a payload, from its bytes', () => {
  it('reads what reading the whole text would', () => {
    const key = fc.constantFrom(...names, '', ',', '"error":')
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(
          'error',
          ',"error":1',
          '\\',
          '"',
          'é',
          `${'x'.repeat(198)}\\\\"`,
          `${'\\"'.repeat(150)}`,
          1,
          12.5,
          null,
          true,
        ),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }))
    fc.assert(
      fc.property(value, fc.constantFrom(...names), fc.constantFrom(0, 2), (json, name, indent) => {
        const text = JSON.stringify(json, null, indent)
        expect(read(text, name)).toEqual(readFields(text, [name])[name])
      }),
      { numRuns: 500 },
    )
  })

  it('takes the last of two, and keeps the digits of a long number', () => {
    expect(read('{"error":1,"error":2}', 'error')).toBe(2)
    expect(read('{"error":12345678901234567890}', 'error')).toEqual({ raw: '12345678901234567890' })
  })

  it('is not misled by what only looks like the field', () => {
    expect(read('{"a":{"b":1,"error":"inner"}}', 'error')).toBeUndefined()
    expect(read('{"a":"b,\\"error\\":1"}', 'error')).toBeUndefined()
    expect(read('[1,"error"]', 'error')).toBeUndefined()
    expect(read('{"error":"whole","a":{"b":1,"error":"inner"}}', 'error')).toBe('whole')
    expect(read('{"error":"cut o', 'error')).toBeUndefined()
  })
})
