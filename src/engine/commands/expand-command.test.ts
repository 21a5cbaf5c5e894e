import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aCommand } from '../../../test/workers/a-command.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { expandCommand } from './expand-command.ts'

const windows = process.platform === 'win32'
const queue = (name: string): QueueRef => ({ system: 'laravel', prefix: '', name })
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-expand-'))
  mkdirSync(join(folder, 'bin'))
  for (const name of ['artisan', 'bin/artisan', 'bin/notes.txt']) {
    writeFileSync(join(folder, windows && !name.includes('.') ? `${name}.exe` : name), '')
    if (name.endsWith('artisan') && !windows) chmodSync(join(folder, name), 0o755)
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('puts the names of the queues into the arguments, whatever they are', () => {
  const config = aCommand({ args: ['--queue={queue}', '{queue}', 'plain'] })
  const names = (...queues: string[]) => expandCommand(config, queues.map(queue), null).args
  expect(names('mail', 'sms')).toEqual(['--queue=mail,sms', 'mail,sms', 'plain'])
  expect(names('a $& b; rm -rf {queue}')).toEqual(['--queue=a $& b; rm -rf {queue}', 'a $& b; rm -rf {queue}', 'plain'])
  expect(() => names()).toThrow(/no queue is chosen/)
  expect(expandCommand(aCommand(), [], null).args).not.toContain('{queue}')
})

test('the environment is our own, then REDIS_URL, then what was typed', () => {
  const env = (redisUrl: string | null, typed: Record<string, string>) =>
    expandCommand(aCommand({ env: typed }), [], redisUrl, { PATH: '/bin', HOME: '/home/me', GONE: undefined }).env
  expect(env(null, {})).toEqual({ PATH: '/bin', HOME: '/home/me' })
  expect(env('redis://:pass@host', { HOME: '/srv' })).toEqual({
    PATH: '/bin',
    HOME: '/srv',
    REDIS_URL: 'redis://:pass@host',
  })
  expect(env('redis://host', { REDIS_URL: 'redis://other' }).REDIS_URL).toBe('redis://other')
})

test('a value of the environment may ask where Redis is, under the name that its worker reads', () => {
  const config = aCommand({ env: { RQ_REDIS_URL: '{redisUrl}' } })
  expect(expandCommand(config, [], 'redis://:p$&w@host/2').env.RQ_REDIS_URL).toBe('redis://:p$&w@host/2')
  expect(() => expandCommand(config, [], null)).toThrow(/not to get where Redis is/)
})

test('finds the program by its path, from its folder, or on PATH', () => {
  const ending = windows ? '.exe' : ''
  const find = (program: string) =>
    expandCommand(aCommand({ program, folder }), [], null, { PATH: ['', join(folder, 'bin')].join(delimiter) }).program
  expect(find('./artisan')).toBe(join(folder, `artisan${ending}`))
  expect(find('bin/artisan')).toBe(join(folder, 'bin', `artisan${ending}`))
  expect(find('artisan')).toBe(join(folder, 'bin', `artisan${ending}`))
  expect(() => find('nowhere')).toThrow(/no program nowhere in the folders of PATH/)
  expect(() => find('./nowhere')).toThrow(/is not there, or is no program/)
  if (!windows) expect(() => find('notes.txt')).toThrow(/no program notes\.txt/)
  expect(() => find('./bin')).toThrow(/is not there, or is no program/)
})

test('says which folder is missing', () => {
  expect(() => expandCommand(aCommand({ folder: join(folder, 'gone') }), [], null)).toThrow(/There is no folder .*gone/)
})
