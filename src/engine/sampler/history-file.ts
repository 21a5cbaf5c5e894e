import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { historyPointSchema, memoryPointSchema } from '../../domain/sample.ts'
import type { StoredHistory } from './history.ts'

/** A larger file was not written by us. */
const mostBytes = 32 * 1024 * 1024
/** Queues turned into text at a time, so that writing never holds the event loop for long. */
const chunk = 100

const storedSchema = z.object({
  version: z.literal(1),
  queues: z.array(z.object({ key: z.string(), seenAt: z.number(), points: z.array(historyPointSchema).max(1000) })),
  memory: z.array(memoryPointSchema),
})

/** The file of one profile's history. Only names of queues and numbers are in it, never a payload or a secret. */
export function historyFile(dataFolder: string, profileId: string): string {
  return join(dataFolder, 'history', `${encodeURIComponent(profileId)}.json`)
}

/** What an earlier run kept; null when there is nothing, or nothing that can be read: history is a comfort, not a record. */
export async function readHistory(file: string): Promise<StoredHistory | null> {
  try {
    if ((await stat(file)).size > mostBytes) return null
    const parsed = storedSchema.safeParse(JSON.parse(await readFile(file, 'utf8')))
    return parsed.success ? parsed.data : null
  } catch {
    return null // not there yet, or cut off by a full disk
  }
}

/** Writes beside the old file, then takes its place: a reader sees the old or the new one, never half. */
export async function writeHistory(file: string, { queues, memory }: StoredHistory): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true })
  const draft = `${file}.${process.pid}.tmp`
  try {
    const handle = await open(draft, 'w', 0o600)
    try {
      await handle.write('{"version":1,"queues":[')
      for (let i = 0; i < queues.length; i += chunk) {
        const some = queues.slice(i, i + chunk).map((queue) => JSON.stringify(queue))
        await handle.write((i === 0 ? '' : ',') + some.join(','))
        await setImmediate()
      }
      await handle.write(`],"memory":${JSON.stringify(memory)}}\n`)
    } finally {
      await handle.close()
    }
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
