import { type FileHandle, open, readFile } from 'node:fs/promises'
import { SluiceError } from '../../domain/errors.ts'
import { parseJson } from '../parse-json.ts'
import { oneAtATime } from '../profiles/one-at-a-time.ts'
import type { BulkQuestion } from './bulk-work.ts'

/** A job of a chunk that was not simply done; `ref` is '' where it is only known how many they were. */
export interface Other {
  readonly ref: string
  readonly what: 'missing' | 'refused'
  readonly reason: string
}

/** What happens to a run, as its file tells it: one line each, appended, so that a killed app can carry it on. */
export type RunLine =
  | { readonly t: 'run'; readonly id: string; readonly at: number; readonly question: BulkQuestion }
  /** Place number `place` is about to begin; its trash entry, and then its journal entry. */
  | { readonly t: 'trash'; readonly place: number; readonly key: string }
  | { readonly t: 'place'; readonly place: number; readonly journalId: string }
  /** A chunk is about to be asked for: `size` items from `from` on; its first script has the number `first`. */
  | {
      readonly t: 'chunk'
      readonly place: number
      readonly chunk: number
      readonly from: number
      readonly size: number
      readonly first: number
      readonly at: number
    }
  | {
      readonly t: 'did'
      readonly place: number
      readonly chunk: number
      readonly done: number
      readonly missing: number
      readonly refused: number
      readonly last: number
      readonly others: readonly Other[]
    }
  /** All at once, for the how-manieth time: numbers of scripts begin anew behind those of the times before. */
  | { readonly t: 'epoch'; readonly place: number; readonly epoch: number }
  /** The journal has the end of a place; and all else that follows is done too. */
  | {
      readonly t: 'ended'
      readonly place: number
      readonly done: number
      readonly missing: number
      readonly refused: number
      readonly left: number
      readonly problem: string | null
      readonly others: readonly Other[]
    }
  | { readonly t: 'settled'; readonly place: number }
  | {
      readonly t: 'steer'
      readonly paused: boolean
      readonly held: boolean
      readonly heedless: boolean
      readonly pace: number | null
      readonly cancelled: boolean
    }
  | { readonly t: 'end'; readonly at: number; readonly problem: string | null }
  | { readonly t: 'away' }

export interface RunFile {
  /** Appends a line; `later` lets it wait for the next one, where nothing depends on it. Throws DISK_FAILED. */
  append(line: RunLine, later?: boolean): Promise<void>
  close(): Promise<void>
}

/** Opens the file of a run, to go on with it. Throws DISK_FAILED. */
export async function openRunFile(path: string): Promise<RunFile> {
  const file = await onDisk(() => open(path, 'a+', 0o600))
  const inTurn = oneAtATime()
  let waiting = ''
  // What a killed app tore off must not take the next line with it.
  let torn = !(await onDisk(() => endsWhole(file)))

  const write = () =>
    inTurn(async () => {
      if (waiting === '') return
      const text = waiting
      const { size } = await onDisk(() => file.stat())
      await onDisk(() => file.appendFile(torn ? `\n${text}` : text)).catch(async (error) => {
        await file.truncate(size).catch(() => {}) // a full disk may have taken half of it
        throw error
      })
      torn = false
      waiting = waiting.slice(text.length)
    })

  return {
    async append(line, later = false) {
      waiting += `${JSON.stringify(line)}\n`
      if (!later) await write()
    },
    async close() {
      await write().finally(() => file.close())
    },
  }
}

async function endsWhole(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat()
  if (size === 0) return true
  const last = Buffer.alloc(1)
  await file.read(last, 0, 1, size - 1)
  return last[0] === 10
}

/** The lines of a run's file, oldest first; torn ones are left out. Throws NOT_FOUND, DISK_FAILED. */
export async function readRunFile(path: string): Promise<RunLine[]> {
  const text = await onDisk(() => readFile(path, 'utf8'))
  return text
    .split('\n')
    .map((line) => (line === '' ? null : parseJson(line)) as RunLine | null) // lines of our own
    .filter((line): line is RunLine => typeof line === 'object' && line !== null)
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new SluiceError('NOT_FOUND', 'There is no such action.')
    throw new SluiceError('DISK_FAILED', `An action cannot be written down: ${(error as Error).message}`)
  }
}
