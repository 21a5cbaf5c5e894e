import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import { type QueueRef, queueKey } from '../../domain/queue.ts'

/** A place of a set, and how many jobs of it there are. */
export interface FrozenPlace {
  readonly queue: QueueRef
  readonly state: string
  readonly count: number
  readonly bytes: number
}

/**
 * Which jobs an action means, by their refs: written to a file as they are found, so that a million of them take no
 * memory and outlive the app. The file has a line for each job, `[place, ref]`; a second one says what the places are.
 */
export interface FrozenSet {
  readonly id: string
  readonly places: readonly FrozenPlace[]
  readonly count: number
  readonly bytes: number
  /** Adds jobs of one place; `bytes` are those of their payloads. Throws DISK_FAILED. */
  add(place: { queue: QueueRef; state: string }, refs: readonly string[], bytes: number): Promise<void>
  /** Refs of one place, in the order in which they were added, in groups of at most `size`; `skip` leaves out the first. */
  refs(place: number, size: number, skip?: number): AsyncGenerator<string[], void, void>
  /** The same from the last one on. */
  refsBackwards(place: number, size: number, skip?: number): AsyncGenerator<string[], void, void>
  /** Writes down what the places are, so that `openFrozenSet` finds them. */
  seal(): Promise<void>
  /** Closes the file; `discard` removes it. */
  close(discard: boolean): Promise<void>
}

const linesFile = (folder: string, id: string) => join(folder, `${id}.refs`)
const placesFile = (folder: string, id: string) => join(folder, `${id}.places`)
/** Bytes read from the file at a time. */
const block = 65_536

/** Begins an empty set in a folder, which is made when it is not there. Throws DISK_FAILED. */
export async function createFrozenSet(folder: string, id: string = randomUUID()): Promise<FrozenSet> {
  return onDisk(async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return setIn(folder, id, await open(linesFile(folder, id), 'wx+', 0o600), [])
  })
}

/** Opens a set that was sealed. Throws NOT_FOUND where there is none, DISK_FAILED. */
export async function openFrozenSet(folder: string, id: string): Promise<FrozenSet> {
  return onDisk(async () => {
    const places = await open(placesFile(folder, id), 'r')
    const text = await places.readFile('utf8').finally(() => places.close())
    return setIn(folder, id, await open(linesFile(folder, id), 'r+'), JSON.parse(text) as FrozenPlace[])
  })
}

/** Removes the sets of a folder that nobody wants: those whose id is not kept. */
export async function sweepFrozenSets(folder: string, kept: (id: string) => boolean): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const old = names.filter((name) => /\.(refs|places)$/.test(name) && !kept(name.replace(/\.[a-z]+$/, '')))
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })))
}

function setIn(folder: string, id: string, file: FileHandle, known: readonly FrozenPlace[]): FrozenSet {
  const places = [...known]
  const index = new Map(places.map((place, i) => [`${queueKey(place.queue)}\n${place.state}`, i]))

  return {
    id,
    places,
    get count() {
      return places.reduce((sum, { count }) => sum + count, 0)
    },
    get bytes() {
      return places.reduce((sum, { bytes }) => sum + bytes, 0)
    },
    async add({ queue, state }, refs, bytes) {
      if (refs.length === 0) return
      const name = `${queueKey(queue)}\n${state}`
      const at = index.get(name) ?? places.length
      await onDisk(() => file.appendFile(refs.map((ref) => `${JSON.stringify([at, ref])}\n`).join('')))
      const before = places[at] ?? { queue, state, count: 0, bytes: 0 }
      places[at] = { ...before, count: before.count + refs.length, bytes: before.bytes + bytes }
      index.set(name, at)
    },
    refs: (place, size, skip = 0) => groupsOf(linesOf(file), place, size, skip),
    refsBackwards: (place, size, skip = 0) => groupsOf(linesBackwards(file), place, size, skip),
    seal: () =>
      onDisk(async () => {
        const out = await open(placesFile(folder, id), 'w', 0o600)
        await out.writeFile(JSON.stringify(places)).finally(() => out.close())
      }),
    async close(discard) {
      await file.close()
      if (!discard) return
      await rm(linesFile(folder, id), { force: true })
      await rm(placesFile(folder, id), { force: true })
    },
  }
}

async function* groupsOf(
  lines: AsyncGenerator<string, void, void>,
  place: number,
  size: number,
  skip: number,
): AsyncGenerator<string[], void, void> {
  let group: string[] = []
  let passed = 0
  for await (const line of lines) {
    const [of, ref] = JSON.parse(line) as [number, string]
    if (of !== place || passed++ < skip) continue
    group.push(ref)
    if (group.length < size) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

async function* linesBackwards(file: FileHandle): AsyncGenerator<string, void, void> {
  let rest: Buffer = Buffer.alloc(0)
  for (let at = (await onDisk(() => file.stat())).size; at > 0; ) {
    const length = Math.min(block, at)
    at -= length
    const buffer = Buffer.alloc(length)
    await onDisk(() => file.read(buffer, 0, length, at))
    const data = Buffer.concat([buffer, rest])
    let end = data.length
    // The line feed before a line; the one at its own end is left out.
    for (let feed = data.lastIndexOf(10, end - 2); feed >= 0; feed = data.lastIndexOf(10, end - 2)) {
      yield data.toString('utf8', feed + 1, end - 1)
      end = feed + 1
      if (end < 2) break
    }
    rest = data.subarray(0, end)
  }
  if (rest.length > 1) yield rest.toString('utf8', 0, rest.length - 1)
}

async function* linesOf(file: FileHandle): AsyncGenerator<string, void, void> {
  const buffer = Buffer.alloc(block)
  let rest: Buffer = Buffer.alloc(0)
  for (let at = 0; ; ) {
    const { bytesRead } = await onDisk(() => file.read(buffer, 0, block, at))
    if (bytesRead === 0) return
    at += bytesRead
    const data = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
    let from = 0
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, from)) {
      yield data.toString('utf8', from, end)
      from = end + 1
    }
    rest = data.subarray(from)
  }
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new SluiceError('NOT_FOUND', 'That selection is gone.')
    throw new SluiceError('DISK_FAILED', `A selection of jobs could not be kept: ${(error as Error).message}`)
  }
}
