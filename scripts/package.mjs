import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureBuild } from './build.mjs'
import { checkNodeVersion, ensureDependencies } from './dependencies.mjs'
import { rootRuntimes } from './e2e-runtime/arrange.mjs'
import { borrowElectron, canBorrow } from './e2e-runtime/borrowed-electron.mjs'
import { getElectron } from './get-electron.mjs'
import { cacheFolder, giveUp, isRoot, root, say } from './machine.mjs'

/*
 * npm run package: makes the packages of this machine's platform in dist/ (or `--output`), as far as the machine can, and says what it
 * could not make and why. `--dir` makes the unpacked app alone. Whatever was made is checked; `--no-check` leaves that out.
 */

const probeLimitMs = 10_000

/** @type {Record<string, readonly string[]>} */
const kinds = { linux: ['AppImage', 'deb'], darwin: ['dmg', 'zip'], win32: ['nsis'] }
const others = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' }

function readArguments() {
  const { values } = parseArgs({
    options: {
      dir: { type: 'boolean', default: false },
      'no-check': { type: 'boolean', default: false },
      output: { type: 'string', default: join(root, 'dist') },
    },
  })
  return values
}

/** Why electron-builder's own tools cannot be had; null when they can. */
async function whyNoTools() {
  if (process.env.ELECTRON_BUILDER_BINARIES_MIRROR) return null
  const cache = process.env.ELECTRON_BUILDER_CACHE ?? join(homedir(), '.cache', 'electron-builder')
  if (process.platform === 'linux' && existsSync(cache)) return null // filled by hand, or by an earlier run
  try {
    const address = 'https://github.com/electron-userland/electron-builder-binaries/releases'
    await fetch(address, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(probeLimitMs) })
    return null
  } catch {
    return 'the download of electron-builder’s tools cannot be reached from here'
  }
}

/**
 * The Electron to package. The borrowed one of the tests is for looking at what packaging does, never for shipping.
 * @returns {Promise<{ folder: string, version: string, reason: string | null }>} `reason` is why it cannot be shipped
 */
async function findElectron() {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'electron', 'package.json'), 'utf8'))
  const found = await getElectron()
  if (found.path === undefined && !canBorrow) throw new Error(`Nothing can be packaged: ${found.reason}.`)
  const folder = found.path
    ? distOf(found.path)
    : dirname(borrowElectron(join(isRoot ? rootRuntimes : cacheFolder(), 'electron-borrowed')))
  const its = readFileSync(join(folder, 'version'), 'utf8').trim().replace(/^v/, '')
  const reason = found.reason ?? (its === version ? null : `it is not the Electron ${version} that Sluice is made for`)
  return { folder, version: its, reason }
}

/** @param {string} program */
const distOf = (program) => (process.platform === 'darwin' ? join(program, '..', '..', '..', '..') : dirname(program))

async function main() {
  const flags = readArguments()
  const output = resolve(flags.output)
  checkNodeVersion()
  await ensureDependencies()
  // These need what npm installs.
  const [{ build }, { stageApp }, { builderConfig }, { checkPackage }] = await Promise.all([
    import('electron-builder'),
    import('./package/stage-app.mjs'),
    import('./package/builder-config.mjs'),
    import('./package/check-package.mjs'),
  ])
  ensureBuild()
  const electron = await findElectron()
  const noTools = flags.dir || electron.reason !== null ? null : await whyNoTools()
  const wanted = kinds[process.platform] ?? []
  const made = flags.dir || electron.reason !== null || noTools !== null ? ['dir'] : [...wanted]

  rmSync(output, { recursive: true, force: true })
  say(`Packaging Sluice with Electron ${electron.version}…`)
  const work = mkdtempSync(join(tmpdir(), 'sluice-package-')) // not below the root: packages are looked for upwards, too
  const staged = stageApp(work)
  const config = builderConfig(staged, { output, electronDist: electron.folder, electronVersion: electron.version })
  const files = await build({ ...targets(made), config, projectDir: staged.app })

  rmSync(work, { recursive: true, force: true })
  if (!flags['no-check']) await checkPackage(unpackedApp(output))
  for (const file of [unpackedApp(output), ...files]) say(`Made ${file}`)
  if (electron.reason !== null) {
    say(`Its Electron ${electron.version} is for looking at it here, and not for giving it away: ${electron.reason}.`)
  }
  const missing = wanted.filter((kind) => !made.includes(kind))
  const why = flags.dir ? 'only the unpacked app was asked for' : (noTools ?? electron.reason)
  if (missing.length > 0) say(`Not made: ${missing.join(', ')}, because ${why}.`)
  const elsewhere = Object.entries(others).filter(([platform]) => platform !== process.platform)
  say(`Packages for ${elsewhere.map(([, name]) => name).join(' and ')} are made there, by the same command.`)
  process.exit(0)
}

/** @param {readonly string[]} kinds */
function targets(kinds) {
  const platform = process.platform === 'darwin' ? 'mac' : process.platform === 'win32' ? 'win' : 'linux'
  return { [platform]: [...kinds], [process.arch === 'arm64' ? 'arm64' : 'x64']: true }
}

/** Where electron-builder leaves the app that it makes packages of. */
/** @param {string} output */
function unpackedApp(output) {
  const arch = process.arch === 'arm64' ? '-arm64' : ''
  if (process.platform === 'darwin') return join(output, `mac${arch}`)
  return join(output, `${process.platform === 'win32' ? 'win' : 'linux'}${arch}-unpacked`)
}

main().catch(giveUp)
