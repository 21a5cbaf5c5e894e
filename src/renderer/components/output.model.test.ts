import { expect, it } from 'vitest'
import type { OutputLine } from '../../domain/job-record.ts'
import { joinLines, linesText, missingBefore } from './output.model.ts'

const line = (seq: number, more: Partial<OutputLine> = {}): OutputLine => ({
  seq,
  at: 0,
  pid: 7,
  from: 'out',
  text: `line ${seq}`,
  ...more,
})
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => line(from + place))

it('joins what came since, no line twice', () => {
  expect(joinLines(lines(1, 3), lines(2, 5)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  expect(joinLines([], lines(4, 5))).toHaveLength(2)
})

it('is the same list when nothing came, so that nothing is drawn again', () => {
  const known = lines(1, 3)
  expect(joinLines(known, [])).toBe(known)
  expect(joinLines(known, lines(1, 3))).toBe(known)
})

it('keeps the newest thousand', () => {
  const joined = joinLines(lines(1, 900), lines(901, 1_400))
  expect([joined.length, joined[0]?.seq, joined.at(-1)?.seq]).toEqual([1_000, 401, 1_400])
})

it('tells what is missing between two lines', () => {
  const gappy = [line(3), line(4), line(9)]
  expect(gappy.map((_, place) => missingBefore(gappy, place))).toEqual([0, 0, 4])
})

it('gives lines as text with their process and stream', () => {
  expect(linesText([line(1), line(2, { pid: null, from: 'sluice', text: 'Started.' })])).toMatch(
    /^\d\d:\d\d:\d\d 7 out line 1\n\d\d:\d\d:\d\d sluice Started\.$/,
  )
})
