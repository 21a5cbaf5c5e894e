import { join } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import type { TrashEntry } from '../../domain/trash.ts'
import type { Reader, Writer } from '../../systems/handles.ts'
import { inParallel } from '../in-parallel.ts'
import type { Journal } from '../journal/journal.ts'
import { type JournalRecord, trashEndOf } from '../journal/journal-line.ts'
import { sentenceOf, undoOf } from '../journal/sentence.ts'
import type { Connection } from '../redis/connection.ts'
import { areThere, bytesOfEntry, keysOfEntry, unlink } from './entry-keys.ts'
import { openKeptFiles } from './kept-files.ts'
import { readKeys } from './read-keys.ts'
import { canKeepSecrets, type TrashSecrets, trashKeyOf } from './trash-key.ts'
import { writeKeys } from './write-keys.ts'

/**
 * What actions left behind for their Undo: in Redis, or in encrypted files of this computer. The journal says which: an
 * entry is moved by writing its file, then the journal, then removing its keys, and brought back by writing its keys, then
 * the journal, then removing the file. So at any moment at least one of them is whole, and the journal names it.
 */
export interface Trash {
  /**
   * What can be put back on a connection, newest first, with what it takes up; what a crash left behind of entries that
   * were moved or emptied is removed. Redis cost: 1 round trip, and a few for each entry in Redis.
   */
  list(connectionId: string): Promise<TrashEntry[]>
  /** Bytes that the trash takes up in the Redis of a connection, estimated. Redis cost: as `list`. */
  used(connectionId: string): Promise<number>
  /** True, or why nothing can be kept on this computer, in a sentence; changes with where secrets are kept. */
  readonly canKeepHere: true | string
  /**
   * Moves an entry from Redis to this computer. Throws NOT_FOUND, CHANGED, UNSUPPORTED, DISK_FAILED, READ_ONLY,
   * SECRET_MISSING, VAULT_LOCKED: then it is still in Redis, and whole.
   */
  keepHere(journalId: string): Promise<TrashEntry>
  /**
   * Puts an entry that is kept here back into Redis, under the same names; does nothing where it is there. To be called
   * before each restore, held. Done once more after a cut it comes to the same. Throws NOT_FOUND, DISK_FAILED for a file
   * that is damaged (then nothing was written), SECRET_MISSING, READ_ONLY, what Redis refused.
   */
  bringBack(journalId: string): Promise<void>
  /** Ends the Undo of an entry for good, and writes that down. Throws as `keepHere`. */
  empty(journalId: string): Promise<void>
  /** Nobody moves or empties an entry until the release is called: while its action or its Undo runs. */
  hold(journalId: string): () => void
  /** Removes all that is kept here of a profile, and its key: the profile was removed. */
  forget(connectionId: string): Promise<void>
  /** Waits until nothing is being moved. */
  close(): Promise<void>
}

export interface TrashOptions {
  readonly dataFolder: string
  readonly secrets: TrashSecrets
  readonly journal: Journal
  /** An open connection; throws NOT_OPEN. */
  connection(id: string): Connection
}

/** An entry that has less time left is not moved any more. */
const leastMs = 60_000
/** What is brought back lives this much longer than its Undo, so that no Undo loses it half-way. */
const graceMs = 60 * 60 * 1000

/** Opens the trash of a data folder; files whose Undo is over are removed. */
export async function openTrash({ dataFolder, secrets, journal, connection }: TrashOptions): Promise<Trash> {
  const files = await openKeptFiles(join(dataFolder, 'trash'))
  const holds = new Map<string, number>()
  /** Work on one entry happens one after another. */
  const atWork = new Map<string, Promise<unknown>>()

  /** Work on an entry, behind what is being done to it. */
  function inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const mine = (atWork.get(id) ?? Promise.resolve()).then(work)
    const settled = mine
      .catch(() => {})
      .then(() => {
        if (atWork.get(id) === settled) atWork.delete(id)
      })
    atWork.set(id, settled)
    return mine
  }

  function demandFree(id: string): void {
    if (holds.has(id)) throw new SluiceError('CHANGED', 'The action, or its Undo, is running at the moment.')
  }

  /** An entry that can be put back. Throws NOT_FOUND, and UNSUPPORTED with the reason. */
  function undoable(id: string): JournalRecord {
    const record = journal.record(id)
    if (record === null) throw new SluiceError('NOT_FOUND')
    const able = undoOf(record, Date.now())
    if (able !== true) throw new SluiceError('UNSUPPORTED', able)
    if (record.begun.queue === null) throw new SluiceError('UNSUPPORTED')
    return record
  }

  const keyOf = async (connectionId: string) => {
    const isOfIt = (about: { connectionId: string }) => about.connectionId === connectionId
    return trashKeyOf(secrets, connectionId, (await files.list()).some(isOfIt))
  }

  function entryOf(record: JournalRecord, place: TrashEntry['place'], bytes: number | null): TrashEntry {
    const { begun, ended } = record
    const { id, connectionId, action, queue, at } = begun
    if (queue === null) throw new SluiceError('INTERNAL', 'A trash entry has a queue.')
    const summary = sentenceOf(record)
    const expiresAt = trashEndOf(begun) ?? at
    return { id, connectionId, action, queue, summary, at, expiresAt, place, jobs: ended?.done ?? 0, bytes }
  }

  /** Removes the keys of an entry from Redis, and what the machinery of a run keeps beside it. */
  async function removeKeys(reader: Reader, writer: Writer, record: JournalRecord): Promise<void> {
    await unlink(writer, keysOfEntry(reader, record))
    await writer.call('UNLINK', `${record.begun.trash}:receipt`)
  }

  /** What a crash left of entries that are in both places, or were emptied. */
  async function cleanUp(open: Connection, records: readonly JournalRecord[]): Promise<void> {
    for (const { begun } of records) {
      if (holds.has(begun.id) || atWork.has(begun.id)) continue
      await inTurn(begun.id, () => removeLeftOver(open, begun.id)).catch(() => {}) // the next look tries again
    }
  }

  /** Removes what the journal does not name. It is asked anew: the entry may have been moved since it was looked at. */
  async function removeLeftOver(open: Connection, id: string): Promise<void> {
    const record = journal.record(id)
    if (record === null || holds.has(id)) return
    const [isThere = false] = await areThere(open.reader, [record])
    if (!isThere) return
    const isFile = (await files.size(id)) !== null
    if (record.emptiedAt !== null || (record.keptAt !== null && isFile)) {
      if (open.status().writable) await removeKeys(open.reader, open.writer(), record)
    } else if (isFile) await files.remove(id)
  }

  /** The entries of a connection that can be put back, and where they are. Null for `open`: Redis is not reachable. */
  async function look(connectionId: string, open: Connection | null) {
    const records = journal
      .withTrash(connectionId)
      .filter(({ begun }) => begun.queue !== null)
      .reverse()
    const now = Date.now()
    const inRedis: JournalRecord[] = []
    const here: { record: JournalRecord; bytes: number }[] = []
    const leftOver: JournalRecord[] = []
    const there = new Map<JournalRecord, boolean>()
    if (open !== null) {
      const alive = records.filter(({ begun }) => now < (trashEndOf(begun) ?? 0) + graceMs)
      for (const [i, isThere] of (await areThere(open.reader, alive)).entries()) {
        there.set(alive[i] as JournalRecord, isThere)
      }
    }
    for (const record of records) {
      const { id } = record.begun
      const isThere = open === null ? null : (there.get(record) ?? false)
      const bytes = await files.size(id)
      if (undoOf(record, now) !== true) {
        if (bytes !== null && !atWork.has(id)) await files.remove(id)
        if (record.emptiedAt !== null && isThere) leftOver.push(record)
      } else if (bytes !== null && (record.keptAt !== null || isThere === false)) {
        here.push({ record, bytes })
        if (record.keptAt !== null && isThere) leftOver.push(record)
      } else if (isThere !== false) {
        inRedis.push(record)
        if (bytes !== null && isThere) leftOver.push(record)
      }
    }
    return { inRedis, here, leftOver }
  }

  /** The connection, if Redis can be asked at the moment. */
  function reachable(connectionId: string): Connection | null {
    const open = connection(connectionId)
    return open.status().status === 'ready' ? open : null
  }

  async function measured(open: Connection | null, records: readonly JournalRecord[]): Promise<(number | null)[]> {
    const bytes = records.map((): number | null => null)
    if (open === null) return bytes
    await inParallel(records, async (record, i) => {
      bytes[i] = await bytesOfEntry(open.reader, record)
    })
    return bytes
  }

  /**
   * What an action has yet to do may stand in its entry alone (jobs that have yet to be retried, arrivals to be put back):
   * then that must stay where the action, or its Undo, finds it. Such an entry has no end of life, or its action no end.
   */
  async function demandDone(reader: Reader, { begun, ended }: JournalRecord): Promise<void> {
    const isCut = ended === null || (ended.error !== null && begun.action !== 'remove')
    if (isCut || (await reader.call('PTTL', begun.trash ?? '')) === -1) {
      throw new SluiceError('CHANGED', 'This action did not come to its end: undo it, or let it go on first.')
    }
  }

  async function moveHere(record: JournalRecord): Promise<TrashEntry> {
    const { id, connectionId, trash } = record.begun
    if (record.keptAt !== null) {
      const bytes = await files.size(id)
      if (bytes !== null) return entryOf(record, 'computer', bytes)
    }
    const canKeepHere = canKeepSecrets(secrets)
    if (canKeepHere !== true) throw new SluiceError('UNSUPPORTED', canKeepHere)
    const expiresAt = trashEndOf(record.begun) ?? 0
    if (expiresAt - Date.now() < leastMs) throw new SluiceError('CHANGED', 'Its time in the trash is nearly over.')
    const open = connection(connectionId)
    const writer = open.writer()
    await demandDone(open.reader, record)
    const key = await keyOf(connectionId)
    let isWhole = false
    async function* parts() {
      for await (const names of keysOfEntry(open.reader, record)) {
        isWhole ||= names.includes(trash ?? '')
        yield* readKeys(open.reader, names)
      }
    }
    const sure = async () => {
      const [isThere] = await areThere(open.reader, [record])
      if (!isThere || !isWhole) {
        throw new SluiceError('NOT_FOUND', 'What this action left in the trash is no longer there.')
      }
    }
    await files.write({ entry: id, connectionId, expiresAt }, key, parts(), sure)
    try {
      await journal.kept(id)
    } catch (error) {
      await files.remove(id)
      throw error
    }
    const bytes = await files.size(id)
    // It is kept from here on: what stays of it in Redis is removed at the next look.
    await removeKeys(open.reader, writer, record).catch(() => {})
    return entryOf(record, 'computer', bytes)
  }

  async function moveBack(record: JournalRecord): Promise<void> {
    const { id, connectionId } = record.begun
    const isKept = record.keptAt !== null
    const isFile = (await files.size(id)) !== null
    if (!isKept && !isFile) return
    const open = connection(connectionId)
    const writer = open.writer()
    const [isThere = false] = await areThere(open.reader, [record])
    if (!isFile && !isThere) {
      throw new SluiceError('NOT_FOUND', 'The file in which these jobs were kept is no longer there.')
    }
    if (isFile && (isKept || !isThere)) {
      const key = await keyOf(connectionId)
      await files.verify(id, key)
      const left = (trashEndOf(record.begun) ?? 0) - Date.now()
      await writeKeys(writer, files.read(id, key), Math.max(left, 0) + graceMs)
    }
    if (isKept) await journal.brought(id)
    await files.remove(id)
  }

  async function end(record: JournalRecord): Promise<void> {
    const { id, connectionId, profileName, environment, queue } = record.begun
    const isHere = record.keptAt !== null && (await files.size(id)) !== null
    const open = isHere ? null : connection(connectionId)
    const writer = open?.writer()
    if (open) await demandDone(open.reader, record)
    const entry = await journal.begin({
      ...{ connectionId, profileName, environment, queue, action: 'empty-trash', state: '', stateLabel: '' },
      ...{ detail: `of “${sentenceOf(record)}”`, trash: null, reason: null, before: null },
    })
    const outcome = { done: record.ended?.done ?? 0, missing: 0, refused: 0, error: null, after: null }
    try {
      // From here on nobody undoes it, though a crash leaves a part of it: that is removed at the next look.
      await journal.emptied(id)
      if (open && writer) await removeKeys(open.reader, writer, record)
      await files.remove(id)
    } catch (error) {
      await journal.end(entry, { ...outcome, done: 0, error: (error as Error).message }).catch(() => {}) // the first error tells more
      throw error
    }
    await journal.end(entry, outcome)
  }

  async function sweep(): Promise<void> {
    for (const { entry, expiresAt } of await files.list()) {
      const record = journal.record(entry)
      const isOver = record === null ? Date.now() > expiresAt : undoOf(record, Date.now()) !== true
      if (isOver) await files.remove(entry).catch(() => {}) // the next start tries again
    }
  }
  await sweep()

  return {
    get canKeepHere() {
      return canKeepSecrets(secrets)
    },
    async list(connectionId) {
      const open = reachable(connectionId)
      const { inRedis, here, leftOver } = await look(connectionId, open)
      if (open !== null) await cleanUp(open, leftOver)
      const bytes = await measured(open, inRedis)
      return [
        ...inRedis.map((record, i) => entryOf(record, 'redis', bytes[i] ?? null)),
        ...here.map(({ record, bytes: size }) => entryOf(record, 'computer', size)),
      ].sort((a, b) => b.at - a.at)
    },
    async used(connectionId) {
      const open = connection(connectionId)
      const { inRedis } = await look(connectionId, open)
      return (await measured(open, inRedis)).reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0)
    },
    async keepHere(id) {
      demandFree(id)
      return inTurn(id, async () => {
        demandFree(id)
        return moveHere(undoable(id))
      })
    },
    bringBack: (id) => inTurn(id, () => moveBack(undoable(id))),
    async empty(id) {
      demandFree(id)
      return inTurn(id, async () => {
        demandFree(id)
        const record = journal.record(id)
        if (record !== null && record.emptiedAt !== null) return
        await end(undoable(id))
      })
    },
    hold(id) {
      holds.set(id, (holds.get(id) ?? 0) + 1)
      let isHeld = true
      return () => {
        if (!isHeld) return
        isHeld = false
        const left = (holds.get(id) ?? 1) - 1
        if (left > 0) holds.set(id, left)
        else holds.delete(id)
      }
    },
    async forget(connectionId) {
      for (const about of await files.list()) {
        if (about.connectionId === connectionId) await files.remove(about.entry)
      }
      await secrets.delete(connectionId, 'trash')
    },
    async close() {
      await Promise.all(atWork.values())
    },
  }
}
