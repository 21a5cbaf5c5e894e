import { join } from 'node:path'
import { root, run, say } from './machine.mjs'
import { emptyTally } from './tally/tally.mjs'

/** @param {string[]} path */
const installed = (...path) => join(root, 'node_modules', ...path)

/** The tools of `npm run check`; each counts as one test. */
const tools = [
  {
    name: 'format and lint',
    program: installed('@biomejs', 'biome', 'bin', 'biome'),
    args: ['ci', '--error-on-warnings', ...(process.stdout.isTTY ? [] : ['--colors=off'])],
  },
  { name: 'types', program: installed('typescript', 'bin', 'tsc'), args: ['--noEmit'] },
  { name: 'import rule', program: join(root, 'scripts', 'import-rule.mjs'), args: [] },
  { name: 'unused code', program: installed('knip', 'bin', 'knip.js'), args: [] },
]

/** Runs every tool, also after one failed. @returns {Promise<import('./tally/tally.mjs').Tally>} */
export async function check() {
  const tally = emptyTally()
  for (const { name, program, args } of tools) {
    say(`check: ${name}`)
    if ((await run(process.execPath, [program, ...args])) === 0) tally.passed++
    else {
      tally.failed++
      tally.failures.push(`check › ${name}`)
    }
  }
  return tally
}
