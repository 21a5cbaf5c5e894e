import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { tsImport } from 'tsx/esm/api'

/** Why a file is no handler, in words that need no stack. */
export class LoadProblem extends Error {}

/**
 * A syntax error with its line; null for any other error. tsx gives the line, and so does Node for CommonJS. For an ES
 * module Node keeps it for itself; then tsx is asked about a copy that it has to read, as TypeScript, which never runs.
 */
export async function syntaxProblem(error: unknown, file: string, read: typeof tsImport): Promise<LoadProblem | null> {
  const found = placed(error, basename(file))
  if (found !== null) return found
  if (!(error instanceof SyntaxError) || !error.stack?.includes('compileSourceTextModule')) return null
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  try {
    const copy = join(folder, 'copy.mts')
    await copyFile(file, copy)
    const url = pathToFileURL(copy).href
    return placed(await read(url, url).catch((reason: unknown) => reason), basename(file))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function placed(error: unknown, name: string): LoadProblem | null {
  if (!(error instanceof Error)) return null
  const [, file, line, words] = /^(.+?):(\d+):\d+: ERROR: (.+)$/m.exec(error.message) ?? []
  if (file !== undefined) return problem(/[\\/]copy\.m?ts$/.test(file) ? name : basename(file), line, words)
  const [, script, at] = (error instanceof SyntaxError && /^(.+):(\d+)\n/.exec(error.stack ?? '')) || []
  return script === undefined ? null : problem(basename(script), at, error.message)
}

const problem = (name: string, line = '', words = '') => new LoadProblem(`Line ${line} of ${name}: ${words}.`)
