import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aboutSealedFile, createSealedFile, openSealedFile } from './sealed-file.ts'

const key = randomBytes(32)
let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-sealed-'))
  path = join(folder, 'a.trash')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const frames = [Buffer.from('canary one'), Buffer.alloc(0), randomBytes(3000), Buffer.from('last')]

async function write(name = path, contents = frames): Promise<Buffer> {
  const file = await createSealedFile(name, key, { entry: 'a' })
  for (const frame of contents) await file.write(frame)
  await file.finish()
  await file.keep()
  return readFileSync(name)
}

/** What can be read of a file before it is refused, and whether it is. */
async function read(contents?: Buffer, withKey = key): Promise<{ found: Buffer[]; code: string | null }> {
  if (contents !== undefined) writeFileSync(path, contents)
  const found: Buffer[] = []
  try {
    for await (const frame of openSealedFile(path, withKey)) found.push(frame)
  } catch (error) {
    return { found, code: (error as { code: string }).code }
  }
  return { found: found.slice(1), code: null }
}

/** Where the frames of a file begin and end. */
function framesIn(bytes: Buffer): [from: number, to: number][] {
  const places: [number, number][] = []
  for (let at = 12 + bytes.readUInt32BE(8); at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at)
    places.push([at, end])
    at = end
  }
  return places
}

describe('sealed file', () => {
  it('gives back what was written, and shows nothing of it without the key', async () => {
    const bytes = await write()
    expect(bytes.includes('canary')).toBe(false)
    expect((await read()).found).toEqual(frames)
    expect(await aboutSealedFile(path)).toMatchObject({ entry: 'a' })
    expect(await read(undefined, randomBytes(32))).toMatchObject({ code: 'DISK_FAILED' })
  })

  it('encrypts the same twice differently', async () => {
    const [one, two] = [await write(), await write()]
    const [from, to] = framesIn(one)[0] as [number, number]
    expect(one.subarray(from, to).equals(two.subarray(from, to))).toBe(false)
  })

  it('refuses a file in which one bit is another, wherever it stands', async () => {
    const bytes = await write(path, [Buffer.from('one'), Buffer.from('two')])
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      expect(await read(changed), `byte ${at}`).toMatchObject({ code: 'DISK_FAILED' })
    }
  })

  it('refuses a file that was cut, at every length', async () => {
    const bytes = await write(path, [Buffer.from('one'), Buffer.from('two')])
    for (let length = 0; length < bytes.length; length++) {
      expect(await read(bytes.subarray(0, length)), `${length} bytes`).toMatchObject({ code: 'DISK_FAILED' })
    }
    expect(await read(Buffer.concat([bytes, Buffer.from('more')]))).toMatchObject({ code: 'DISK_FAILED' })
  })

  it('refuses frames that are in another order, left out, doubled or from another file', async () => {
    const bytes = await write(path, [Buffer.from('111'), Buffer.from('222'), Buffer.from('333')])
    const other = await write(join(folder, 'b.trash'), [Buffer.from('111'), Buffer.from('222'), Buffer.from('333')])
    const places = framesIn(bytes)
    const head = bytes.subarray(0, places[0]?.[0])
    const frame = (i: number, of = bytes) => of.subarray(...(framesIn(of)[i] as [number, number]))
    const made = (...parts: Buffer[]) => read(Buffer.concat([head, ...parts]))
    expect((await made(frame(0), frame(1), frame(2), frame(3))).code).toBe(null)
    for (const parts of [
      [frame(1), frame(0), frame(2), frame(3)],
      [frame(0), frame(2), frame(3)],
      [frame(0), frame(0), frame(1), frame(2), frame(3)],
      [frame(0), frame(1, other), frame(2), frame(3)],
      [frame(0), frame(1), frame(2)],
      [frame(3)],
    ]) {
      expect(await made(...parts)).toMatchObject({ code: 'DISK_FAILED' })
    }
  })

  it('has its name when it is kept, and leaves nothing when it is discarded', async () => {
    const file = await createSealedFile(path, key, {})
    await file.write(Buffer.from('x'))
    await file.finish()
    expect(await read()).toMatchObject({ code: 'NOT_FOUND' })
    await file.discard()
    expect(await aboutSealedFile(file.part)).toBeUndefined()
  })

  it('says why it cannot be written', async () => {
    writeFileSync(path, 'a file where a folder should be')
    await expect(createSealedFile(join(path, 'a.trash'), key, {})).rejects.toMatchObject({ code: 'DISK_FAILED' })
  })
})
