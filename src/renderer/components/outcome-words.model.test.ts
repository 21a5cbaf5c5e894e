import { describe, expect, it } from 'vitest'
import { outcomeWords, wholeOutcome } from './outcome-words.model.ts'

const outcome = (done: number, missing = 0, reasons: string[] = []) => ({
  done,
  missing,
  refused: reasons.map((reason, index) => ({ ref: String(index), reason })),
  journalId: null,
})

describe('outcomeWords', () => {
  it('counts what was done', () => expect(outcomeWords('Removed', outcome(1204))).toBe('Removed 1,204 jobs.'))
  it('says what had left', () =>
    expect(outcomeWords('Retried', outcome(2, 1))).toBe('Retried 2 jobs. 1 job was no longer there.'))
  it('names each reason once', () =>
    expect(outcomeWords('Moved', outcome(0, 0, ['It changed.', 'It changed.', 'It is held.']))).toBe(
      '2 jobs were refused: It changed. 1 job was refused: It is held.',
    ))
  it('never says nothing', () => expect(outcomeWords('Removed', outcome(0))).not.toBe(''))
  it('takes another noun', () => expect(outcomeWords('Cancelled', outcome(1), 'request')).toBe('Cancelled 1 request.'))
  it('knows a whole outcome', () => {
    expect(wholeOutcome(outcome(3))).toBe(true)
    expect(wholeOutcome(outcome(3, 1))).toBe(false)
  })
})
