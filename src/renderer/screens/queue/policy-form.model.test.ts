import { describe, expect, it } from 'vitest'
import { channelPolicies, channels, emptyPolicy, type Policy, policySchema } from '../../../domain/policy.ts'
import { expectsNothing, policyForm, policyProblems, toPolicy } from './policy-form.model.ts'

describe('a policy form', () => {
  it.each(channels)('gives back the policy that it was made of: %s', (channel) => {
    const form = policyForm(channelPolicies[channel])
    expect(policyProblems(form)).toEqual({})
    expect(toPolicy(form)).toEqual(channelPolicies[channel])
  })
  it('expects nothing while it is empty', () => {
    const form = policyForm(undefined)
    expect([expectsNothing(form), toPolicy(form)]).toEqual([true, emptyPolicy])
    expect(expectsNothing({ ...form, maxFailed: '0' })).toBe(false)
  })
  it.each([
    ['30,60 , 120', [30, 60, 120]],
    ['[30, 60, 120]', [30, 60, 120]],
    ['30 60', [30, 60]],
    ['  ', []],
    ['[]', []],
  ])('takes delays as people write them: %s', (text, delays) => {
    expect(toPolicy({ ...policyForm(undefined), backoffSeconds: text }).backoffSeconds).toEqual(delays)
  })
  it.each<[keyof Policy, string]>([
    ['priority', '0'],
    ['priority', '11'],
    ['priority', '2.5'],
    ['timeoutSeconds', '0'],
    ['timeoutSeconds', '3 min'],
    ['tries', '-1'],
    ['tries', '1e3'],
    ['backoffSeconds', '30, x'],
    ['backoffSeconds', '30,,60'],
    ['backoffSeconds', Array.from({ length: 51 }, () => '1').join(', ')],
    ['memoryMb', '99999999'],
    ['maxWaitSeconds', '0'],
    ['maxFailed', '٣'],
  ])('says what may stand in a field: %s %s', (field, text) => {
    expect(Object.keys(policyProblems({ ...policyForm(undefined), [field]: text }))).toEqual([field])
  })
  it('has words for every field', () => {
    const bad = Object.fromEntries(Object.keys(policySchema.shape).map((field) => [field, 'x'])) as never
    expect(Object.keys(policyProblems(bad)).sort()).toEqual(Object.keys(policySchema.shape).sort())
  })
})
