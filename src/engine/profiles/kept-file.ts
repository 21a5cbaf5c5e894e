import { readFile, rename } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { z } from 'zod'
import { parseJson } from '../parse-json.ts'
import { diskError, removeUnfinished } from './atomic-file.ts'

/** What a file of ours held; `notice` says in a sentence when it could not be understood and was kept aside. */
export interface KeptFile<T> {
  readonly contents: T | null
  readonly notice: string | null
}

/**
 * Reads a JSON file that Sluice wrote, once, at the start. A missing file is no news. One that does not parse or does not fit the schema is
 * renamed to `<name>.damaged-<time>.json`, so that nothing a person had is overwritten, and the notice says so. Throws
 * DISK_FAILED when the file is there and cannot be read: going on without it would overwrite it later.
 */
export async function readKeptFile<T>(path: string, schema: z.ZodType<T>): Promise<KeptFile<T>> {
  await removeUnfinished(path)
  try {
    const parsed = schema.safeParse(parseJson(await readFile(path, 'utf8')))
    if (parsed.success) return { contents: parsed.data, notice: null }
    const time = new Date().toISOString().replace(/[:.]/g, '-')
    const aside = join(dirname(path), `${basename(path, extname(path))}.damaged-${time}${extname(path)}`)
    await rename(path, aside)
    return { contents: null, notice: `${path} is damaged or from another version of Sluice: it is kept as ${aside}.` }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { contents: null, notice: null }
    throw diskError('read', path, error)
  }
}
