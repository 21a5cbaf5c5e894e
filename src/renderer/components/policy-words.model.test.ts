import { expect, it } from 'vitest'
import { channelPolicies, emptyPolicy } from '../../domain/policy.ts'
import { policyWords } from './policy-words.model.ts'

it('says a whole policy in one line', () => {
  expect(policyWords(channelPolicies.payments)).toBe(
    'priority 10 · timeout 180 s · 5 tries · back-off 30, 60, 120, 300, 600 s · 256 MB · wait up to 1 min · no failures',
  )
})
it('leaves out what is not expected', () => {
  expect(policyWords({ ...emptyPolicy, tries: 1, memoryMb: 1024, maxFailed: 50 })).toBe(
    '1 try · 1,024 MB · up to 50 failed',
  )
  expect(policyWords(emptyPolicy)).toBe('nothing is expected')
})
