import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aCommand } from '../../../test/workers/a-command.ts'
import { openCommandStore } from './command-store.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-commands-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = () => join(folder, 'worker-commands.json')
const open = (isProfile: (id: string) => boolean = () => true) => openCommandStore({ folder, isProfile })

test('keeps worker commands, in their order, for this person alone', async () => {
  const store = await open()
  const a = await store.save({ id: null, config: aCommand({ name: 'a' }), autostart: true })
  const b = await store.save({ id: null, config: aCommand({ name: 'b' }), autostart: false })
  const changed = await store.save({ id: a.id, config: aCommand({ name: 'A' }), autostart: false })
  expect(store.list()).toEqual([changed, b])
  expect((await open()).list()).toEqual([changed, b])
  if (process.platform !== 'win32') expect((await stat(file())).mode & 0o777).toBe(0o600)
})

test('refuses what is not there', async () => {
  const store = await open((id) => id === 'local')
  const config = aCommand({ connectionId: 'gone' })
  await expect(store.save({ id: null, config, autostart: false })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(store.save({ id: 'none', config: aCommand(), autostart: false })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(store.list()).toEqual([])
})

test('forgets one, and all of a profile', async () => {
  const store = await open()
  const mine = await store.save({ id: null, config: aCommand(), autostart: false })
  const other = await store.save({ id: null, config: aCommand({ connectionId: 'other' }), autostart: false })
  await store.save({ id: null, config: aCommand({ connectionId: 'other' }), autostart: false })
  await store.remove(mine.id)
  expect(store.list()).toHaveLength(2)
  const before = await stat(file())
  await store.remove(mine.id)
  await store.forget('nobody')
  expect((await stat(file())).ino).toBe(before.ino)
  await store.forget('other')
  expect((await open()).list()).toEqual([])
  expect(other.config.connectionId).toBe('other')
})

test.each([
  ['no JSON', '{"version":1,"commands":[{'],
  ['a command that cannot be one', '{"version":1,"commands":[{"id":"x","config":{"program":7},"autostart":true}]}'],
  ['another version', '{"version":2,"commands":[]}'],
])('keeps a damaged file aside: %s', async (_, text) => {
  writeFileSync(file(), text)
  const store = await open()
  expect(store.list()).toEqual([])
  expect(store.notices).toEqual([expect.stringContaining('worker-commands.damaged-')])
  await store.save({ id: null, config: aCommand(), autostart: false })
  const aside = readdirSync(folder).find((name) => name.includes('damaged'))
  expect(await readFile(join(folder, String(aside)), 'utf8')).toBe(text)
})

test('a disk that cannot be written changes nothing', async () => {
  const store = await open()
  const saved = await store.save({ id: null, config: aCommand(), autostart: false })
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'not a folder')
  await expect(store.remove(saved.id)).rejects.toMatchObject({ code: 'DISK_FAILED' })
  expect(store.list()).toEqual([saved])
})
