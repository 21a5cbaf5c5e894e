import { expect, it } from 'vitest'
import { jsonProblem, requestAbilities } from './request-actions.model.ts'

it('allows changes until a request is over, and a code while it waits for one', () => {
  const able = (status: string, requiresOtp = false) => requestAbilities({ status, requiresOtp })
  expect(able('processing')).toEqual({ change: true, code: false })
  expect(able('otp_required')).toEqual({ change: true, code: true })
  expect(able('processing', true)).toEqual({ change: true, code: true })
  expect(able('completed', true)).toEqual({ change: false, code: false })
  expect(able('cancelled')).toEqual({ change: false, code: false })
})

it('knows JSON', () => {
  expect(jsonProblem('{"a":1}')).toBeNull()
  expect(jsonProblem('{a:1}')).not.toBeNull()
  expect(jsonProblem('')).not.toBeNull()
})
