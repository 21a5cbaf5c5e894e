import { cpSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../machine.mjs'

/** What electron.vite.config.ts leaves out of the bundle: these read files of their own, or are asked for by name. */
export const unbundledPackages = /** @type {const} */ (['bull', 'bullmq', 'bullmq5', 'ssh2', 'tsx'])

/**
 * Copies packages that the build leaves as they are, and all that they need, to where an app in `folder` finds them.
 * @param {readonly string[]} names
 * @param {string} folder
 * @param {(name: string) => boolean} [isWanted] of what they need, what goes along; all when it is not said
 * @returns {Set<string>} where the copied ones are, relative to `folder`
 */
export function copyPackages(names, folder, isWanted = () => true) {
  /** @type {Set<string>} */
  const copied = new Set()
  /** @param {string} name @param {string} from the folder of the package that asks for it */
  const copy = (name, from) => {
    const path = placeOf(name, from)
    if (path === null || copied.has(path) || !isWanted(name)) return // an optional one that is not for this computer
    copied.add(path)
    // What it has in a node_modules of its own goes with it; what that needs is looked at all the same.
    cpSync(join(root, path), join(folder, path), { recursive: true })
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = manifestOf(path)
    for (const each of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) copy(each, path)
  }
  for (const name of names) copy(name, '')
  return copied
}

/**
 * Where Node would find a package, relative to the root: in the node_modules of the asking folder or of one above it.
 * @param {string} name
 * @param {string} from
 * @returns {string | null}
 */
export function placeOf(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name)
    if (existsSync(join(root, path, 'package.json'))) return path
    if (folder === '' || folder === '.') return null
  }
}

/** @param {string} path */
function manifestOf(path) {
  return JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))
}
