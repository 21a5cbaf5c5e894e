import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createExportFile, type ExportFile } from './export-file.ts'

let folder: string
let downloads: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-export-'))
  downloads = join(folder, 'Downloads')
  mkdirSync(downloads)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const begin = () => createExportFile({ dataFolder: folder, name: 'sluice-journal', extension: 'csv', downloads })

async function written(file: ExportFile): Promise<string> {
  await file.write('one ')
  await file.write(Buffer.from('two'))
  await file.finish()
  return readFileSync(file.path, 'utf8')
}

describe('createExportFile', () => {
  it('writes into the Downloads folder, for this user alone', async () => {
    const file = await begin()
    expect(await written(file)).toBe('one two')
    expect(file.bytes).toBe(7)
    expect(dirname(file.path)).toBe(downloads)
    expect(basename(file.path)).toMatch(/^sluice-journal-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.csv$/)
    if (process.platform !== 'win32') expect(statSync(file.path).mode & 0o777).toBe(0o600)
    expect(readdirSync(downloads)).toHaveLength(1)
  })

  it('writes into the data folder where there is no Downloads folder', async () => {
    rmSync(downloads, { recursive: true })
    const file = await begin()
    expect(await written(file)).toBe('one two')
    expect(dirname(file.path)).toBe(join(folder, 'exports'))
  })

  it('takes another name where one is taken, also while the other is being written', async () => {
    const files = await Promise.all([begin(), begin(), begin()])
    expect(new Set(files.map(({ path }) => path)).size).toBe(3)
    for (const file of files) expect(await written(file)).toBe('one two')
  })

  it('shows nothing of a file that is not whole, and leaves nothing of one that was given up', async () => {
    const file = await begin()
    await file.write('half')
    expect(readFileSync(file.path, 'utf8')).toBe('')
    await file.discard()
    expect(readdirSync(downloads)).toEqual([])
    const whole = await begin()
    await written(whole)
    await whole.discard()
    expect(existsSync(whole.path)).toBe(true)
  })

  it('says why a file cannot be written', async () => {
    rmSync(downloads, { recursive: true })
    writeFileSync(join(folder, 'exports'), 'a file where the folder should be')
    await expect(begin()).rejects.toMatchObject({ code: 'DISK_FAILED' })
  })
})
