import type { Sample } from '../../domain/sample.ts'
import type { Remembered } from '../discovery/discover.ts'
import { History } from './history.ts'
import { readHistory, writeHistory } from './history-file.ts'

/** The file is written this often at most, and at the end. */
const saveEveryMs = 60_000

/** The history of one connection and its file: loaded once, written now and then, never in the way of a tick. */
export class HistoryKeeper {
  readonly past = new History()
  #saved = Date.now()
  /** The write under way, or the last one. */
  #saving = Promise.resolve()
  #dirty = false
  #broken = false

  /**
   * @param file null keeps the history in memory only
   * @param problem told once when the file cannot be written
   * @param earlier resolves when the keeper before this one has written the file
   */
  constructor(
    private readonly file: string | null,
    private readonly problem: (sentence: string) => void,
    private readonly earlier: Promise<void> = Promise.resolve(),
  ) {}

  /** Takes over what an earlier run kept; resolves to the queues that it knew. */
  async load(): Promise<Remembered[]> {
    await this.earlier
    const stored = this.file === null ? null : await readHistory(this.file)
    return stored === null ? [] : this.past.load(stored)
  }

  record(sample: Sample, rssBytes: number | null, remembered: () => Remembered[]): void {
    this.past.record(sample, rssBytes)
    this.#dirty = true
    if (Date.now() - this.#saved >= saveEveryMs) void this.save(remembered())
  }

  /** Writes what changed since the last time; resolves also when the disk refused, which is told once. */
  save(remembered: readonly Remembered[]): Promise<void> {
    this.#saved = Date.now()
    const { file } = this
    if (file !== null && this.#dirty) {
      this.#dirty = false
      this.#saving = this.#saving.then(() => this.#write(file, remembered))
    }
    return this.#saving
  }

  async #write(file: string, remembered: readonly Remembered[]): Promise<void> {
    try {
      await writeHistory(file, this.past.stored(remembered))
      this.#broken = false
    } catch (error) {
      if (!this.#broken)
        this.problem(`The history could not be written: ${error instanceof Error ? error.message : error}`)
      this.#broken = true
    }
  }
}
