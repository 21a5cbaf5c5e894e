import { expect, it } from 'vitest'
import { noCost } from '../../domain/sample.ts'
import { costSentences, costWords } from './cost-words.model.ts'

const cost = { ...noCost, commandsPerSecond: 2.14, redisMsPerSecond: 0.26, sockets: 3 }

it('says what looking costs', () => {
  expect(costWords(cost)).toBe('2.1 commands/s, 0.3 ms/s')
  expect(costWords({ ...cost, commandsPerSecond: 1234.5 })).toContain('1235 commands/s')
})
it('says when the budget holds it back', () => {
  expect(costSentences(cost)).not.toContain('budget')
  expect(costSentences({ ...cost, heldBack: true })).toContain('budget')
  expect(costSentences({ ...cost, sockets: 1 })).toContain('1 socket ')
})
