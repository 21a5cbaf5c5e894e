import { client } from '../../api/client.ts'
import { errorCode } from '../../api/error-text.ts'
import { copyText } from '../../ui/copy-text.ts'
import { formatBytes, formatCounted } from '../../ui/format.ts'
import { ndjsonLine } from './ndjson.model.ts'
import type { JobSource } from './use-job-pages.ts'

/** What fits into a clipboard without hurting other programs. */
const mostJobs = 1_000
const mostBytes = 32 * 2 ** 20
const atOnce = 6

/**
 * Copies the payloads of jobs as NDJSON, read one by one in full. Resolves to a sentence on what was copied.
 * Throws a sentence where it is too much for a clipboard, or where nothing is left to copy.
 */
export async function copyJobs(source: JobSource, refs: readonly string[]): Promise<string> {
  if (refs.length > mostJobs) throw new Error(`At most ${mostJobs} jobs can be copied at once.`)
  let missing = 0
  const text = (async () => {
    const lines: (string | null)[] = new Array(refs.length).fill(null)
    let bytes = 0
    let next = 0
    const reader = async () => {
      while (next < refs.length) {
        const place = next++
        const ref = refs[place] as string
        try {
          const { payload } = await client.queues.job({ ...source, ref, full: true })
          bytes += payload.text.length
          if (bytes > mostBytes)
            throw new Error(`These jobs hold more than ${formatBytes(mostBytes)}: copy fewer of them.`)
          lines[place] = ndjsonLine(payload)
        } catch (error) {
          if (errorCode(error) !== 'NOT_FOUND') throw error
          missing++
        }
      }
    }
    await Promise.all(Array.from({ length: atOnce }, reader))
    const found = lines.filter((line) => line !== null)
    if (found.length === 0) throw new Error('None of these jobs is there any more.')
    return `${found.join('\n')}\n`
  })()
  await copyText(text)
  const words = `Copied ${formatCounted(refs.length - missing, 'payload')} as NDJSON.`
  return missing === 0 ? words : `${words} ${formatCounted(missing, 'job')} had left.`
}
