import { describe, expect, it } from 'vitest'
import { layoutOf } from './layout.ts'
import { withTry } from './tried.ts'

const { fields } = layoutOf('http-jobs', '', 'job_queue')

describe('what a try left', () => {
  it.each([
    ['{"status":200,"ms":4}', 200],
    ['{"status":599}', 599],
    ['{"status":99}', null],
    ['{"status":600}', null],
    ['{"status":200.5}', null],
    ['{"status":"200"}', null],
    ['{"rows":7}', null],
    ['[200]', null],
    ['"status"', null],
    [null, null],
  ])('%s has the status %s', (result, status) => {
    const answered = status === null ? '' : `,"status_code":${status}`
    expect(withTry('{ "id": 1.0 }', { result, tookMs: 0.4 }, fields)).toBe(`{ "id": 1.0${answered},"duration_ms":0 }`)
  })

  it('takes the place of what an earlier run wrote, also when nothing is known', () => {
    const before = '{"status_code":200,"n":9007199254740993,"duration_ms":1}'
    const left = (status: string, ms: string) => `{"status_code":${status},"n":9007199254740993,"duration_ms":${ms}}`
    expect(withTry(before, { result: '{"status":503}', tookMs: 9 }, fields)).toBe(left('503', '9'))
    expect(withTry(before, { result: null, tookMs: 9 }, fields)).toBe(left('null', '9'))
    expect(withTry(before, { result: null, tookMs: null }, fields)).toBe(left('null', 'null'))
  })

  it('is nothing that a plain list keeps', () => {
    const text = '{"id":1,"status_code":1}'
    const plain = layoutOf('plain-list', 'queue:', 'q').fields
    expect(withTry(text, { result: '{"status":200}', tookMs: 9 }, plain)).toBe(text)
  })
})
