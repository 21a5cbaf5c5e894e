import type { JobSummary, StoredText } from '../../../domain/job.ts'
import { bytesOfBase64 } from './hex.model.ts'

/** A name for a file: the job's own where it has one, without what a file system may not like. */
export function fileNameOf({ id, name }: Pick<JobSummary, 'id' | 'name'>): string {
  const words = [name, id].filter((word) => word !== null).join('-')
  const safe = words
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+|-+$/g, '')
    .slice(0, 80)
  return safe === '' ? 'job' : safe
}

/** Saves a payload as a file, byte for byte. */
export function savePayload({ text, encoding }: StoredText, name: string): void {
  const binary = encoding === 'base64'
  const blob = new Blob([binary ? bytesOfBase64(text) : text], { type: 'application/octet-stream' })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = `${name}${binary ? '.bin' : '.json'}`
  link.click()
  // The download has its own hold on the bytes once it began.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
