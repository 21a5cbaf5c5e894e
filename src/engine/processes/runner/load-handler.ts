import { stat } from 'node:fs/promises'
import { basename, dirname, extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LoadProblem, syntaxProblem } from './syntax-problem.ts'
import type { Handle, HandlerTarget } from './target.ts'

/** Loads a handler. What it throws says why not: as a LoadProblem, or whatever the file threw itself. */
export async function loadHandler(target: HandlerTarget): Promise<Handle> {
  if (target.kind === 'built-in') return (await import('../../pool/handlers/csv/csv-handler.ts')).handle
  const { file } = target
  const found = await stat(file).catch(() => null)
  if (!found?.isFile()) throw new LoadProblem(`There is no file ${file}.`)
  process.chdir(dirname(file)) // so that paths which are not whole are those beside the handler
  const handle = handleOf(await importFile(file))
  if (handle === null) throw new LoadProblem(`${basename(file)} exports no function named handle.`)
  return handle
}

/** `export function handle`, `export default { handle }`, and what `module.exports = { handle }` becomes. */
function handleOf(module: unknown): Handle | null {
  for (const place of [module, member(module, 'default')]) {
    const handle = member(place, 'handle')
    if (typeof handle === 'function') return handle.bind(place) as Handle
  }
  return null
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/**
 * By Node itself where that can. tsx does what it cannot: TypeScript at all (before 22.18), or some of it (enums; imports
 * without an ending), and a .js file that is an ES module without a package.json that says so (before 20.19, as in
 * Electron 33). It also knows the line of a syntax error, which Node keeps for itself.
 */
async function importFile(file: string): Promise<unknown> {
  const url = pathToFileURL(file).href
  const isTypeScript = /^\.[mc]?ts$/.test(extname(file))
  try {
    if (!isTypeScript || hasTypes()) return await import(/* @vite-ignore */ url)
  } catch (error) {
    const isBeyondNode = isTypeScript && beyondNode.has((error as NodeJS.ErrnoException).code ?? '')
    if (!isBeyondNode && !(error instanceof SyntaxError)) throw error
  }
  const { tsImport } = await import('tsx/esm/api') // a third of a second of its own, so only where it is needed
  try {
    return await tsImport(url, { parentURL: url, tsconfig: false })
  } catch (error) {
    throw (await syntaxProblem(error, file, tsImport)) ?? error
  }
}

const beyondNode = new Set(['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', 'ERR_MODULE_NOT_FOUND'])

/** Whether this Node strips types by itself. */
const hasTypes = () => 'typescript' in process.features && Boolean(process.features.typescript)
