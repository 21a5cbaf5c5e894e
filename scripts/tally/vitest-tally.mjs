import { emptyTally, failureOf, leaveTally } from './tally.mjs'

/** Counts a Vitest run for scripts/test.mjs, with the reason that each skipped test gave (`ctx.skip('reason')`). */
export default class VitestTally {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const tally = emptyTally()
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const name = `${module.relativeModuleId} › ${test.fullName}`
        const result = test.result()
        if (result.state === 'passed') tally.passed++
        else if (result.state === 'skipped') tally.skipped.push({ name, reason: result.note ?? 'no reason given' })
        else {
          tally.failed++
          tally.failures.push(failureOf(name, result.errors))
        }
      }
      // A file that could not be loaded, or a hook around all tests that failed: no test of it may have counted.
      for (const error of module.errors()) {
        tally.failed++
        tally.failures.push(failureOf(module.relativeModuleId, [error]))
      }
    }
    for (const error of unhandledErrors) {
      tally.failed++
      tally.failures.push(
        `outside a test: ${error instanceof Error ? error.message : JSON.stringify(error)?.slice(0, 200)}`,
      )
    }
    leaveTally(tally)
  }
}
