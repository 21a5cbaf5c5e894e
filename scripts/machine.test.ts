import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { cacheFolder as engineCacheFolder, findServer } from '../src/engine/local-redis/find-server.ts'
import { findRedis } from './get-redis.mjs'
import { cacheFolder, findProgram } from './machine.mjs'

/*
 * The scripts run before anything is installed or built, so they cannot import the engine's TypeScript; these tests
 * hold the two spellings together.
 */

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-machine-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function program(...path: string[]): string {
  const file = join(folder, ...path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, '')
  chmodSync(file, 0o755)
  return file
}

test('set-up and the engine mean the same cache', () => {
  vi.stubEnv('SLUICE_CACHE', '')
  expect(cacheFolder()).toBe(engineCacheFolder())
  vi.stubEnv('XDG_CACHE_HOME', folder)
  expect(cacheFolder()).toBe(engineCacheFolder())
  vi.stubEnv('SLUICE_CACHE', '/named')
  expect(cacheFolder()).toBe('/named')
  expect(engineCacheFolder()).toBe('/named')
})

test('set-up and the engine find the same server: of the PATH first, then of the cache', () => {
  vi.stubEnv('SLUICE_CACHE', join(folder, 'cache'))
  vi.stubEnv('PATH', join(folder, 'bin'))
  expect([findRedis(), findServer()]).toEqual([null, null])
  const fetched = program('cache', 'redis', 'usr', 'bin', 'redis-server')
  expect([findRedis(), findServer()]).toEqual([fetched, fetched])
  const installed = program('bin', 'valkey-server')
  expect([findRedis(), findServer()]).toEqual([installed, installed])
})

test('a file that may not be executed is no program', () => {
  vi.stubEnv('PATH', folder)
  writeFileSync(join(folder, 'tool'), '', { mode: 0o644 })
  expect(findProgram(['tool'])).toBeNull()
})
