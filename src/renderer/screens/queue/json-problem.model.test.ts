import { describe, expect, it } from 'vitest'
import { jsonProblem } from './json-problem.model.ts'

describe('jsonProblem', () => {
  it('has nothing against JSON', () => expect(jsonProblem('{"id":9007199254740993}')).toBeNull())
  it('says where', () => expect(jsonProblem('{\n  "a": 1\n  "b": 2\n}')).toMatch(/^Line 3, column 3: Expected/))
  it('says where text ends too early', () => expect(jsonProblem('{"a":1')).toMatch(/^Line 1, column 7: /))
  it('says what stands behind the end', () =>
    expect(jsonProblem('{}x')).toMatch(/column 3: Unexpected .* after JSON\.$/))
  it('asks for something', () => expect(jsonProblem('  ')).not.toBeNull())
  it('does not repeat the text', () => expect(jsonProblem('secret words')).not.toContain('secret'))
})
