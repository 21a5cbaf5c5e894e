import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDisplay } from '../e2e-runtime/arrange.mjs'
import { ensureDesktopParts } from '../e2e-runtime/desktop-parts.mjs'
import { canHaveNamespaces, ensureUser } from '../e2e-runtime/ordinary-user.mjs'
import { isRoot, root, say, tail } from '../machine.mjs'
import { asarFiles } from './asar-files.mjs'
import { wrongFuses } from './fuses.mjs'

const startLimitMs = 120_000

/** What only those need who work on Sluice. */
const ofDevelopment =
  /\.(map|ts|tsx|mts|cts|tsbuildinfo|spec\.\w+|test\.\w+)$|^(src|test|e2e|bench|scripts|resources|docs)\/|^out\/(server|built-from)|(^|\/)(\.git|\.env|\.npmrc)/

/**
 * Looks at an unpacked app as it would be shipped: its fuses, its files, its licences, how it starts, and what it refuses.
 * Throws with all that is wrong.
 * @param {string} folder
 */
export async function checkPackage(folder) {
  const program = programIn(folder)
  const resources = resourcesIn(folder)
  const problems = [
    ...(await wrongFuses(fusesIn(folder))).map((name) => `The fuse ${name} is not as it should be.`),
    ...problemsOfFiles(resources),
    ...problemsOfLicences(folder),
    ...(await problemsOfStart(folder, program)),
  ]
  if (problems.length > 0) throw new Error(`The package is not fit to be shipped:\n${problems.join('\n')}`)
}

/** @param {string} folder */
function programIn(folder) {
  if (process.platform === 'darwin') return join(folder, 'Sluice.app', 'Contents', 'MacOS', 'Sluice')
  return join(folder, process.platform === 'win32' ? 'Sluice.exe' : 'sluice')
}

/** @param {string} folder */
const fusesIn = (folder) => (process.platform === 'darwin' ? join(folder, 'Sluice.app') : programIn(folder))

/** @param {string} folder */
function resourcesIn(folder) {
  return process.platform === 'darwin' ? join(folder, 'Sluice.app', 'Contents', 'Resources') : join(folder, 'resources')
}

/** @param {string} resources */
function problemsOfFiles(resources) {
  const problems = readdirSync(resources)
    .filter((name) => name === 'app' || name.startsWith('default_app'))
    .map((name) => `There is another app beside Sluice: ${name}.`)
  const files = asarFiles(join(resources, 'app.asar'))
  for (const [path, read] of files) {
    if (ofDevelopment.test(path)) problems.push(`A file of development is shipped: ${path}.`)
    if (/^out\/.*\.c?js$/.test(path) && read()?.includes('//# sourceMappingURL')) problems.push(`${path} names a map.`)
    if (read() === null && !existsSync(join(resources, 'app.asar.unpacked', path))) problems.push(`${path} is missing.`)
    if (path.endsWith('.node')) problems.push(`A native part is shipped: ${path}.`)
  }
  for (const path of ['package.json', 'out/main/index.js', 'out/preload/index.cjs', 'out/renderer/index.html']) {
    if (!files.has(path)) problems.push(`${path} is missing.`)
  }
  const manifest = JSON.parse(files.get('package.json')?.()?.toString('utf8') ?? readUnpacked(resources))
  if ('scripts' in manifest || 'devDependencies' in manifest) problems.push('The manifest is that of development.')
  return problems
}

/** @param {string} resources */
const readUnpacked = (resources) => readFileSync(join(resources, 'app.asar.unpacked', 'package.json'), 'utf8')

/** @param {string} folder */
function problemsOfLicences(folder) {
  const inside = process.platform === 'darwin' ? join(folder, 'Sluice.app', 'Contents') : folder
  const text = readFileSync(join(inside, 'LICENCES.txt'), 'utf8')
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.keys(dependencies)
    .filter((name) => !text.includes(`\n${nameOf(name)} `))
    .map((name) => `The licence of ${name} is missing.`)
}

/** A package may be installed under another name than its own. @param {string} installed */
function nameOf(installed) {
  return JSON.parse(readFileSync(join(root, 'node_modules', installed, 'package.json'), 'utf8')).name
}

/** @param {string} folder @param {string} program @returns {Promise<string[]>} */
async function problemsOfStart(folder, program) {
  const stage = await stageOf(folder, program)
  if (stage === null) return []
  try {
    const well = stage.start(['--smoke'])
    say(well.stdout.trim())
    return [
      ...(well.status === 0 ? [] : [`It did not start (${well.status}):\n${tail(well.stdout + well.stderr, 30)}`]),
      ...problemsOfRefusal(stage.start(['--smoke', '--remote-debugging-port=0'])),
      ...problemsOfRefusal(stage.start(['--smoke', '--js-flags=--allow-natives-syntax'])),
      ...problemsOfNode(stage.start(['-e', 'console.log("ran as Node")'], { ELECTRON_RUN_AS_NODE: '1' })),
    ]
  } finally {
    stage.end()
  }
}

/** @typedef {import('node:child_process').SpawnSyncReturns<string>} Ended */

/** @param {Ended} ended */
function problemsOfRefusal({ status, stdout, stderr }) {
  const refused = status === 2 && /does not start with --/.test(stderr) && !/DevTools listening/.test(stdout + stderr)
  return refused ? [] : [`It started with a switch that it must refuse (${status}): ${tail(stdout + stderr, 5)}`]
}

/** `-e` alone would be refused too: the fuse is what keeps its text from being run. @param {Ended} ended */
function problemsOfNode({ stdout, stderr }) {
  return /^ran as Node/m.test(stdout) ? [`ELECTRON_RUN_AS_NODE makes it Node: ${tail(stdout + stderr, 5)}`] : []
}

/**
 * Where the app can be started: on a display, and on Linux as an ordinary user, because the sandbox is to be there. Null,
 * after a sentence, where that cannot be had.
 * @param {string} folder
 * @param {string} program
 */
async function stageOf(folder, program) {
  /** @type {(() => void)[]} */
  const ends = []
  const end = () => {
    for (const undo of ends) undo()
  }
  const env = { ...process.env }
  let [command, prefix] = [program, /** @type {string[]} */ ([])]
  if (process.platform === 'linux') {
    const user = isRoot ? ensureUser() : null
    if (!canHaveNamespaces(user?.prefix ?? [])) {
      say('It was not started: this machine lets an ordinary user make no namespaces, so there is no sandbox.')
      return null
    }
    if (user !== null) {
      const open = mkdtempSync(join(tmpdir(), 'sluice-look-'))
      ends.push(() => rmSync(open, { recursive: true, force: true }))
      chmodSync(open, 0o755)
      cpSync(folder, join(open, 'app'), { recursive: true })
      Object.assign(env, { HOME: user.home, XDG_CONFIG_HOME: join(user.home, '.config'), TMPDIR: '/tmp' })
      ;[command = '', ...prefix] = [...user.prefix, join(open, 'app', 'sluice')]
    }
    if (!env.DISPLAY) {
      const parts = ensureDesktopParts()
      if (parts.xvfb === null) {
        say('It was not started: there is no display, and no Xvfb could be had.')
        end()
        return null
      }
      Object.assign(env, parts.env)
      const display = await startDisplay(parts.xvfb, env)
      env.DISPLAY = display.display
      ends.push(display.end)
    }
  }
  /** @param {string[]} args @param {Record<string, string>} more */
  const start = (args, more = {}) =>
    spawnSync(command, [...prefix, ...args], {
      env: { ...env, ...more },
      cwd: tmpdir(),
      encoding: 'utf8',
      timeout: startLimitMs,
      killSignal: 'SIGKILL',
    })
  return { start, end }
}
