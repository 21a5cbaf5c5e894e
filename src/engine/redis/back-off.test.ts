import { describe, expect, it } from 'vitest'
import { type ErrorCode, SluiceError } from '../../domain/errors.ts'
import { backOffMs, waitAfter } from './back-off.ts'

const middle = () => 0.5
const wait = (code: ErrorCode, failures: number) => waitAfter(new SluiceError(code), failures, middle)

describe('backOffMs', () => {
  it('doubles from a quarter of a second up to five seconds', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 100].map((failures) => backOffMs(failures, middle))
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 5000])
  })

  it('differs by up to a fifth either way', () => {
    expect([backOffMs(1, () => 0), backOffMs(1, () => 0.999_999)]).toEqual([200, 300])
  })
})

describe('waitAfter', () => {
  it('goes back soon to a Redis that says itself that it will serve', () => {
    expect([1, 9].map((failures) => wait('REDIS_LOADING', failures))).toEqual([500, 500])
    expect(wait('REDIS_BUSY', 5)).toBe(500)
  })

  it('tries ever more rarely what may pass', () => {
    expect([1, 3, 9].map((failures) => wait('CONNECTION_REFUSED', failures))).toEqual([250, 1000, 5000])
    expect([1, 3, 9].map((failures) => wait('TOO_MANY_CLIENTS', failures))).toEqual([250, 1000, 5000])
  })

  it('is patient with what somebody has to mend at the server', () => {
    expect([1, 2, 5, 50].map((failures) => wait('AUTH_FAILED', failures))).toEqual([30_000, 60_000, 480_000, 600_000])
  })

  it.each(['SECRET_MISSING', 'VAULT_LOCKED', 'SSH_AUTH_FAILED', 'HOST_KEY_UNKNOWN', 'HOST_KEY_CHANGED'] as const)(
    'waits for a person after %s',
    (code) => expect(wait(code, 1)).toBeNull(),
  )
})
