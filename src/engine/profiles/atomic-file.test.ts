import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { writeFileAtomic } from './atomic-file.ts'
import { readKeptFile } from './kept-file.ts'
import { oneAtATime } from './one-at-a-time.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-files-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('writeFileAtomic', () => {
  it('writes a file that only this user can read, in a folder that it makes', async () => {
    const path = join(folder, 'new', 'file.json')
    await writeFileAtomic(path, 'one')
    await chmod(path, 0o644)
    await writeFileAtomic(path, 'two')
    expect(await readFile(path, 'utf8')).toBe('two')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700)
    expect(await readdir(join(folder, 'new'))).toEqual(['file.json'])
  })

  it('keeps one of the contents whole when many write at once', async () => {
    const path = join(folder, 'file')
    const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(50_000))
    await Promise.all(contents.map((each) => writeFileAtomic(path, each)))
    expect(contents).toContain(await readFile(path, 'utf8'))
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('leaves everything as it was when it fails, and says why', async () => {
    const path = join(folder, 'place')
    await mkdir(join(path, 'in the way'), { recursive: true }) // a folder cannot be replaced by a file
    await expect(writeFileAtomic(path, 'x')).rejects.toMatchObject({
      code: 'DISK_FAILED',
      message: expect.stringMatching(/place could not be written: .+\./),
    })
    expect(await readdir(folder)).toEqual(['place'])
  })
})

describe('readKeptFile', () => {
  const schema = z.object({ version: z.literal(1) })

  it('reads what fits, and finds nothing where there is nothing', async () => {
    const path = join(folder, 'a.json')
    expect(await readKeptFile(path, schema)).toEqual({ contents: null, notice: null })
    await writeFile(path, '{"version":1}')
    expect(await readKeptFile(path, schema)).toEqual({ contents: { version: 1 }, notice: null })
  })

  it.each(['', '{"version":1', '{"version":2}', 'null'])('keeps %s aside and says so', async (text) => {
    await writeFile(join(folder, 'a.json'), text)
    const { contents, notice } = await readKeptFile(join(folder, 'a.json'), schema)
    const [aside, ...others] = await readdir(folder)
    expect(contents).toBeNull()
    expect(others).toEqual([])
    expect(aside).toMatch(/^a\.damaged-[\dTZ-]+\.json$/)
    expect(notice).toContain(aside)
    expect(await readFile(join(folder, aside ?? ''), 'utf8')).toBe(text)
  })

  it('does not go on without a file that is there and cannot be read', async () => {
    await mkdir(join(folder, 'a.json'))
    await expect(readKeptFile(join(folder, 'a.json'), schema)).rejects.toMatchObject({ code: 'DISK_FAILED' })
  })
})

describe('oneAtATime', () => {
  it('keeps the order, and goes on after a failure', async () => {
    const inTurn = oneAtATime()
    const log: string[] = []
    const work = (name: string, ticks: number) => async () => {
      log.push(`${name} begins`)
      for (let i = 0; i < ticks; i++) await null
      log.push(`${name} ends`)
      if (name === 'b') throw new Error('b failed')
      return name
    }
    const results = await Promise.allSettled([inTurn(work('a', 5)), inTurn(work('b', 1)), inTurn(work('c', 0))])
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})
