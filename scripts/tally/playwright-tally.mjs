import { emptyTally, failureOf, leaveTally } from './tally.mjs'

/** Counts a Playwright run for scripts/test.mjs, with the reason that each skipped test gave (`test.skip(condition, 'reason')`). */
export default class PlaywrightTally {
  #tally = emptyTally()
  /** @type {import('@playwright/test/reporter').Suite | null} */
  #suite = null

  /** @param {unknown} _config @param {import('@playwright/test/reporter').Suite} suite */
  onBegin(_config, suite) {
    this.#suite = suite
  }

  /** An error outside of every test, such as a spec that cannot be loaded. @param {import('@playwright/test/reporter').TestError} error */
  onError(error) {
    this.#tally.failed++
    this.#tally.failures.push(failureOf('outside a test', [error]))
  }

  onEnd() {
    for (const test of this.#suite?.allTests() ?? []) {
      const name = test.titlePath().filter(Boolean).join(' › ')
      const outcome = test.outcome()
      if (outcome === 'expected') this.#tally.passed++
      else if (outcome === 'skipped') {
        const reason = test.annotations.find(({ type }) => type === 'skip')?.description
        // A test that was never reached has no annotation: an interrupted run, or a failure before it.
        if (reason === undefined && test.results.length === 0) {
          this.#tally.failed++
          this.#tally.failures.push(`${name}: did not run`)
        } else this.#tally.skipped.push({ name, reason: reason ?? 'no reason given' })
      } else {
        this.#tally.failed++
        this.#tally.failures.push(failureOf(name, test.results.at(-1)?.errors))
      }
    }
    leaveTally(this.#tally)
  }

  printsToStdio() {
    return false
  }
}
