import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuild } from './build.mjs'
import { check } from './check.mjs'
import { checkNodeVersion, ensureDependencies } from './dependencies.mjs'
import { arrangeE2e } from './e2e-runtime/arrange.mjs'
import { ensureLaravel } from './get-laravel.mjs'
import { ensureRedis } from './get-redis.mjs'
import { ensureSsh } from './get-ssh.mjs'
import { ensureWorkers } from './get-workers.mjs'
import { giveUp, root, run, say } from './machine.mjs'
import { closingLines, emptyTally, sumTallies, takeTally, tallyVariable } from './tally/tally.mjs'

/*
 * npm test: all parts, or one by its name (npm run test:unit -- src/domain). What follows a single part's name goes to
 * its runner. Everything that a part needs is set up first; the last line is the count.
 */

/** @typedef {import('./tally/tally.mjs').Tally} Tally */

const projects = ['unit', 'systems', 'engine']
const parts = ['check', ...projects, 'e2e']
const work = mkdtempSync(join(tmpdir(), 'sluice-test-'))

/** @param {string} project @param {readonly string[]} extra @returns {Promise<Tally>} */
async function vitest(project, extra) {
  const tally = join(work, `${project}.json`)
  const cli = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporter = join(root, 'scripts', 'tally', 'vitest-tally.mjs')
  const args = [cli, 'run', '--project', project, '--reporter=default', `--reporter=${reporter}`, ...extra]
  const peers =
    project === 'unit'
      ? {}
      : { ...ensureLaravel(), ...(project === 'engine' ? { ...ensureWorkers(), ...ensureSsh() } : {}) }
  const code = await run(process.execPath, args, { env: { ...process.env, ...peers, [tallyVariable]: tally } })
  return takeTally(project, tally, code)
}

/** @param {readonly string[]} extra @returns {Promise<Tally[]>} */
async function e2e(extra) {
  ensureBuild()
  const arrangement = await arrangeE2e()
  try {
    const asked = extra.flatMap((word, at) => (word === '--project' ? [extra[at + 1]] : []))
    const rest = extra.filter((word, at) => word !== '--project' && extra[at - 1] !== '--project')
    const tallies = []
    for (const shell of /** @type {const} */ (['electron', 'browser'])) {
      if (asked.length > 0 && !asked.includes(shell)) continue
      const reason = arrangement.skipped[shell]
      if (reason === undefined) tallies.push(await playwright(shell, arrangement.env, rest))
      else tallies.push({ ...emptyTally(), skipped: [{ name: `e2e in ${shell}`, reason }] })
    }
    return tallies
  } finally {
    arrangement.end()
  }
}

/** @param {string} shell @param {NodeJS.ProcessEnv} env @param {readonly string[]} extra @returns {Promise<Tally>} */
async function playwright(shell, env, extra) {
  say(`e2e: in ${shell}`)
  const tally = join(work, `e2e-${shell}.json`)
  const cli = join(root, 'node_modules', '@playwright', 'test', 'cli.js')
  const reporter = join(root, 'scripts', 'tally', 'playwright-tally.mjs')
  const args = [cli, 'test', `--project=${shell}`, `--reporter=list,${reporter}`, ...extra]
  const code = await run(process.execPath, args, { env: { ...env, [tallyVariable]: tally } })
  return takeTally(`e2e in ${shell}`, tally, code)
}

async function main() {
  const [asked, ...extra] = process.argv.slice(2)
  if (asked !== undefined && !parts.includes(asked))
    throw new Error(`There is no part "${asked}": ${parts.join(', ')}.`)
  const chosen = asked === undefined ? parts : [asked]
  checkNodeVersion()
  await ensureDependencies()
  if (chosen.some((part) => part !== 'check')) ensureRedis()

  /** @type {Tally[]} */
  const tallies = []
  for (const part of chosen) {
    if (part === 'check') tallies.push(await check())
    else if (part === 'e2e') tallies.push(...(await e2e(extra).catch((error) => [crashed(part, error)])))
    else tallies.push(await vitest(part, extra))
  }
  rmSync(work, { recursive: true, force: true })
  const total = sumTallies(tallies)
  const code = total.failed === 0 && total.passed > 0 ? 0 : 1
  // A pipe whose reader is slow takes it later, and an exit before that would lose it.
  process.stdout.write(`\n${closingLines(total).join('\n')}\n`, () => process.exit(code))
}

/** @param {string} part @param {unknown} error @returns {Tally} */
function crashed(part, error) {
  const sentence = error instanceof Error ? error.message : String(error)
  say(sentence)
  return { ...emptyTally(), failed: 1, failures: [`${part}: ${sentence.split('\n')[0]}`] }
}

main().catch(giveUp)
