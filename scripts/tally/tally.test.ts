import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closingLines, emptyTally, sumTallies, takeTally } from './tally.mjs'

const root = join(import.meta.dirname, '..', '..')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-tally-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction') // the suites find their runner here
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a suite’s tally', () => {
  const file = () => join(folder, 'tally.json')
  const leave = (counts: object) => writeFileSync(file(), JSON.stringify({ ...emptyTally(), ...counts }))

  test('counts as it was left', () => {
    leave({ passed: 3, failed: 1, failures: ['a'] })
    expect(takeTally('unit', file(), 1)).toMatchObject({ passed: 3, failed: 1, failures: ['a'] })
    expect(existsSync(file())).toBe(false)
  })

  test('is a failure when there is none, when nothing ran, and when the suite ended badly', () => {
    expect(takeTally('unit', file(), 0)).toMatchObject({ passed: 0, failed: 1 })
    leave({ skipped: [{ name: 'a', reason: 'b' }] })
    expect(takeTally('unit', file(), 0)).toMatchObject({ failed: 1, failures: ['unit: ran no test'] })
    leave({ passed: 3 })
    expect(takeTally('unit', file(), 1)).toMatchObject({ passed: 3, failed: 1, failures: ['unit: ended with code 1'] })
  })
})

describe('the closing lines', () => {
  test('end with the numbers, alone', () => {
    const tally = sumTallies([
      { ...emptyTally(), passed: 2 },
      { ...emptyTally(), passed: 1, failed: 1, failures: ['it breaks'] },
    ])
    expect(closingLines(tally)).toEqual(['failed: it breaks', '3 passed, 1 failed'])
  })

  test('name each skip with its reason', () => {
    const tally = { ...emptyTally(), passed: 1, skipped: [{ name: 'e2e in electron', reason: 'no display' }] }
    expect(closingLines(tally)).toEqual(['skipped: e2e in electron (no display)', '1 passed, 0 failed, 1 skipped'])
  })
})

describe('the reporters', { timeout: 120_000 }, () => {
  function suite(name: string, text: string, cli: string, args: string[]) {
    const file = join(folder, 'tally.json')
    writeFileSync(join(folder, name), text)
    const { status } = spawnSync(process.execPath, [join(root, 'node_modules', cli), ...args], {
      cwd: folder,
      env: { ...process.env, SLUICE_TALLY: file, VITEST: undefined, NODE_ENV: undefined },
    })
    return { status, tally: JSON.parse(readFileSync(file, 'utf8')) }
  }

  test('count a Vitest run: passes, failures, skips with their reason, and files that do not load', () => {
    writeFileSync(join(folder, 'broken.test.js'), "import './missing.js'")
    const text = `
      import { test } from 'vitest'
      test('good', () => {})
      test('bad', () => { throw new Error('no') })
      test('later', (context) => context.skip('not today'))`
    const reporter = join(import.meta.dirname, 'vitest-tally.mjs')
    const { status, tally } = suite('a.test.js', text, 'vitest/vitest.mjs', [
      'run',
      '--root',
      folder,
      `--reporter=${reporter}`,
    ])
    expect(status).toBe(1)
    expect(tally).toMatchObject({ passed: 1, failed: 2, skipped: [{ name: 'a.test.js › later', reason: 'not today' }] })
    expect(tally.failures).toContain('a.test.js › bad: no')
  })

  test('count a Playwright run in the same way', () => {
    const text = `
      import { test } from '@playwright/test'
      test('good', () => {})
      test('bad', () => { throw new Error('no') })
      test('later', () => test.skip(true, 'not today'))`
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const reporter = join(import.meta.dirname, 'playwright-tally.mjs')
    const { status, tally } = suite('a.spec.js', text, '@playwright/test/cli.js', ['test', `--reporter=${reporter}`])
    expect(status).toBe(1)
    expect(tally).toMatchObject({ passed: 1, failed: 1, skipped: [{ reason: 'not today' }] })
    expect(tally.failures).toEqual(['a.spec.js › bad: Error: no'])
  })
})
