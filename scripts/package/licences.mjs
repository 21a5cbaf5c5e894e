import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { placeOf } from '../e2e-runtime/copy-packages.mjs'
import { root } from '../machine.mjs'

/**
 * The licences of packages and of all that they need, in one text: of those in the bundle too, which have no folder any
 * more. Throws when one of them says nothing about its licence.
 * @param {readonly string[]} names
 */
export function licencesOf(names) {
  /** @type {Map<string, string>} */
  const found = new Map()
  const seen = new Set()
  /** @param {string} name @param {string} from */
  const look = (name, from) => {
    const path = placeOf(name, from)
    if (path === null || seen.has(path)) return
    seen.add(path)
    const manifest = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))
    found.set(`${manifest.name} ${manifest.version}`, licenceText(path, manifest))
    for (const each of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) look(each, path)
  }
  for (const name of names) look(name, '')
  const parts = [...found].sort(([a], [b]) => a.localeCompare(b)).map(([title, text]) => `${title}\n\n${text.trim()}`)
  const head = 'Sluice contains these packages. The licences of Electron and Chromium are in files of their own.'
  return `${[head, ...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

/** @param {string} path @param {{ name: string, license?: string | { type?: string }, author?: string | { name?: string } }} manifest */
function licenceText(path, { name, license, author }) {
  const files = readdirSync(join(root, path)).filter((each) => /^(licen[cs]e|copying|notice)/i.test(each))
  const texts = files.map((file) => readFileSync(join(root, path, file), 'utf8').trim())
  const title = typeof license === 'string' ? license : license?.type
  if (title === undefined && texts.length === 0) throw new Error(`${name} does not say under which licence it is.`)
  const by = typeof author === 'string' ? author : author?.name
  return texts.length > 0 ? texts.join('\n\n') : `Licence: ${title}${by ? `, by ${by}` : ''}`
}
