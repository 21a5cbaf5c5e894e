const firstMs = 250
const longestMs = 10_000
const patientMs = 30_000

/**
 * How long to wait before the next attempt, in ms: from a quarter of a second, doubling up to ten seconds, give or take
 * a fifth so that many clients of one server do not return together. What a person has to mend first (a wrong password,
 * say) is tried every half minute.
 */
export function backOffMs(failures: number, retryable = true, random: () => number = Math.random): number {
  const whole = retryable ? Math.min(firstMs * 2 ** (failures - 1), longestMs) : patientMs
  return Math.round(whole * (0.8 + 0.4 * random()))
}
