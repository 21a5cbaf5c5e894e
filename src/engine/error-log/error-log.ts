import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { redactError } from './redact-error.ts'

/** Two files of this size at most: the one that is written, and the one before. */
const longestFile = 512 * 1024
/** A fault that comes in a loop must not fill the disk, nor hide what came before it. */
const atMostInAMinute = 60

/** What went wrong where nobody was asking: in a file of the data folder, without secrets and payloads. */
export interface ErrorLog {
  readonly file: string
  /** Writes it down, and to stderr; never throws, also when the disk refuses. */
  write(what: string, error: unknown): void
}

/** Opens the log below the data folder. Written at once and in one piece, because the process may be about to end. */
export function openErrorLog(dataFolder: string, now: () => number = Date.now): ErrorLog {
  const file = join(dataFolder, 'logs', 'errors.log')
  let minute = 0
  let written = 0
  return {
    file,
    write(what, error) {
      const at = now()
      const text = `${new Date(at).toISOString()} ${what}: ${redactError(error)}\n`
      process.stderr.write(text)
      if (Math.floor(at / 60_000) !== minute) [minute, written] = [Math.floor(at / 60_000), 0]
      if (++written > atMostInAMinute) return
      try {
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
        if (sizeOf(file) > longestFile) renameSync(file, join(dirname(file), 'errors.1.log'))
        appendFileSync(file, text, { mode: 0o600 })
      } catch {
        // stderr has it
      }
    },
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
