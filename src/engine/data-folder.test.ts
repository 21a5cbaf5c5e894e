import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { dataFolder, holdDataFolder } from './data-folder.ts'

let base: string

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sluice-folder-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(base, { recursive: true, force: true })
})

test('keeps sample jobs apart from real ones, unless a folder was named', () => {
  vi.stubEnv('SLUICE_DATA', '')
  expect(dataFolder({ demo: true })).not.toBe(dataFolder({ demo: false }))
  vi.stubEnv('SLUICE_DATA', '/named')
  expect(dataFolder({ demo: true })).toBe('/named')
})

test('one process holds the folder, until it lets go', async () => {
  const folder = join(base, 'new', 'folder')
  const release = await holdDataFolder(folder)
  await expect(holdDataFolder(folder)).rejects.toThrow(/running already/)
  release()
  const again = await holdDataFolder(folder)
  again()
})

test('a folder whose path is too long for a socket can be held too', async () => {
  const folder = join(base, 'a'.repeat(120))
  const release = await holdDataFolder(folder)
  await expect(holdDataFolder(folder)).rejects.toThrow(/running already/)
  release()
})

test('a folder whose holder was killed is free', async () => {
  const address = join(base, 'running.sock')
  const script = `require('node:net').createServer().listen(${JSON.stringify(address)}, () => console.log('held'))`
  const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => holder.stdout.once('data', resolve))
  await expect(holdDataFolder(base)).rejects.toThrow(/running already/)
  const gone = new Promise((resolve) => holder.once('exit', resolve))
  holder.kill('SIGKILL')
  await gone
  expect(existsSync(address)).toBe(true)
  const release = await holdDataFolder(base)
  release()
})
