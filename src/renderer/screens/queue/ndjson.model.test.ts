import { describe, expect, it } from 'vitest'
import { ndjsonLine } from './ndjson.model.ts'

const line = (text: string, encoding: 'utf8' | 'base64' = 'utf8') => ndjsonLine({ text, encoding })

describe('ndjsonLine', () => {
  it('keeps JSON as stored', () =>
    expect(line('{"id":9007199254740993,"n":1.10}')).toBe('{"id":9007199254740993,"n":1.10}'))
  it('puts JSON of many lines on one', () => expect(line('{\r\n  "a": "b\\nc"\n}\n')).toBe('{   "a": "b\\nc" }'))
  it('makes a string of what is not JSON', () => expect(line('{"a":\n')).toBe('"{\\"a\\":\\n"'))
  it('says what is not text', () => expect(line('AAE=', 'base64')).toBe('{"base64":"AAE="}'))
  it('never has a line break', () => expect(line('a\u2028\nb')).not.toContain('\n'))
})
