import { z } from 'zod'
import { writeFileAtomic } from './atomic-file.ts'
import { readKeptFile } from './kept-file.ts'
import { oneAtATime } from './one-at-a-time.ts'

/** A list that a file of the data folder keeps. */
export interface KeptList<T> {
  entries(): readonly T[]
  /** Changes the list, one change after another. Throws DISK_FAILED, or what `next` throws; then nothing changed. */
  change(next: (entries: readonly T[]) => readonly T[]): Promise<void>
  /** Sentences for the person about what happened at start: a damaged file that was kept aside. */
  readonly notices: readonly string[]
}

/** Opens `{"version":1,"<name>":[...]}`. Throws DISK_FAILED when it is there and cannot be read. */
export async function openKeptList<T>(file: string, name: string, schema: z.ZodType<T>): Promise<KeptList<T>> {
  const { contents, notice } = await readKeptFile(
    file,
    z.object({ version: z.literal(1), [name]: z.array(schema) }).transform((kept) => kept[name] as T[]),
  )
  let entries: readonly T[] = contents ?? []
  const inTurn = oneAtATime()
  return {
    entries: () => entries,
    change: (next) =>
      inTurn(async () => {
        const changed = next(entries)
        if (changed === entries) return
        await writeFileAtomic(file, `${JSON.stringify({ version: 1, [name]: changed }, null, 2)}\n`)
        entries = changed
      }),
    notices: notice === null ? [] : [notice],
  }
}
