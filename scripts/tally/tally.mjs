import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

/**
 * What one part of the tests counted.
 * @typedef {{ passed: number, failed: number, skipped: { name: string, reason: string }[], failures: string[] }} Tally
 */

/** @returns {Tally} */
export const emptyTally = () => ({ passed: 0, failed: 0, skipped: [], failures: [] })

/** Where a reporter leaves its tally for the runner. */
export const tallyVariable = 'SLUICE_TALLY'

/**
 * The name of a failed test with the beginning of what it said, in one line: of a long output often only the end is kept.
 * @param {string} name
 * @param {readonly { message?: string }[] | undefined} errors
 */
export function failureOf(name, errors) {
  const said = stripVTControlCharacters(errors?.[0]?.message ?? '')
    .replace(/\s+/g, ' ')
    .trim()
  return said === '' ? name : `${name}: ${said.slice(0, 300)}`
}

/** For reporters: leaves the tally where the runner looks. Does nothing when nobody asked. @param {Tally} tally */
export function leaveTally(tally) {
  const file = process.env[tallyVariable]
  if (file) writeFileSync(file, JSON.stringify(tally))
}

/**
 * Takes up what a reporter left. A suite that crashed before its end, ran nothing, or failed without a failed test
 * counts as one failure: silence is never a pass.
 * @param {string} part
 * @param {string} file
 * @param {number} exitCode of the suite
 * @returns {Tally}
 */
export function takeTally(part, file, exitCode) {
  /** @type {Tally} */
  let tally
  try {
    tally = JSON.parse(readFileSync(file, 'utf8'))
    rmSync(file, { force: true })
  } catch {
    return { ...emptyTally(), failed: 1, failures: [`${part}: ended with code ${exitCode} before it could count`] }
  }
  if (tally.passed + tally.failed === 0) {
    return { ...tally, failed: 1, failures: [...tally.failures, `${part}: ran no test`] }
  }
  if (exitCode !== 0 && tally.failed === 0) {
    return { ...tally, failed: 1, failures: [...tally.failures, `${part}: ended with code ${exitCode}`] }
  }
  return tally
}

/** @param {readonly Tally[]} tallies @returns {Tally} */
export function sumTallies(tallies) {
  return tallies.reduce(
    (sum, tally) => ({
      passed: sum.passed + tally.passed,
      failed: sum.failed + tally.failed,
      skipped: [...sum.skipped, ...tally.skipped],
      failures: [...sum.failures, ...tally.failures],
    }),
    emptyTally(),
  )
}

/** What `npm test` prints at its end: each failure and each skip by name, and alone on the last line the numbers. @param {Tally} tally */
export function closingLines({ passed, failed, skipped, failures }) {
  const numbers = `${passed} passed, ${failed} failed`
  return [
    ...failures.map((name) => `failed: ${name}`),
    ...skipped.map(({ name, reason }) => `skipped: ${name} (${reason})`),
    skipped.length > 0 ? `${numbers}, ${skipped.length} skipped` : numbers,
  ]
}
