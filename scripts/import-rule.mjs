import { resolve } from 'node:path'
import { ask, root } from './machine.mjs'

/*
 * Checks who imports whom with dependency-cruiser (the rule itself is .dependency-cruiser.mjs). The tool exits 0 when
 * it understands no file at all, so this also insists that it has read modules, and some of every layer.
 */

const fewestModules = 200
const layers = ['domain', 'contract', 'systems', 'engine', 'main', 'server', 'preload', 'renderer']

const folder = resolve(process.argv[2] ?? root)
const cli = resolve(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs')
const { stdout, output } = ask(process.execPath, [cli, 'src', '--config', '--output-type', 'json'], { cwd: folder })

/** @type {{ modules: { source: string }[], summary: { totalCruised: number, violations: { from: string, to: string, rule: { name: string, severity: string } }[] } }} */
let report
try {
  report = JSON.parse(stdout)
} catch {
  console.error(`dependency-cruiser did not report:\n${output}`)
  process.exit(1)
}

const problems = report.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)
if (report.summary.totalCruised < fewestModules) {
  problems.push(`only ${report.summary.totalCruised} modules were read: the tool does not understand the sources`)
}
for (const layer of layers) {
  const seen = report.modules.some(({ source }) => source.startsWith(`src/${layer}/`))
  if (!seen) problems.push(`no module of src/${layer} was read`)
}
for (const problem of problems) console.error(problem)
console.log(`${report.summary.totalCruised} modules, ${problems.length} breaches of the import rule`)
process.exitCode = problems.length === 0 ? 0 : 1 // process.exit would cut off what a slow reader has not taken yet
