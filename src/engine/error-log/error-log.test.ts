import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openErrorLog } from './error-log.ts'
import { redactError } from './redact-error.ts'

const canary = 'canary-7f3a'
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-log-'))
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

const error = (message: string, more: object = {}) => Object.assign(new Error(message), more)

test.each([
  [
    'the command of a client',
    error('WRONGPASS', { command: { name: 'hello', args: ['3', 'AUTH', 'default', canary] } }),
  ],
  ['a URL', error(`connect redis://default:${canary}@db.example:6379 failed`)],
  ['a URL without a user', error(`connect rediss://:${canary}@db.example failed`)],
  ['what a parser quotes', error(`Unexpected token 'h', "{"password": "${canary}"}" is not valid JSON`)],
  ['a quotation that was cut off', error(`Unexpected end of "{"mail": ${canary}`)],
  ['a quoted payload', error(`bad job: '{"mail": "${canary}"}'`)],
  ['a setting', error(`password=${canary} was refused`)],
  ['a header', error(`Authorization failed, token: ${canary}`)],
  ['an AUTH', error(`ERR unknown, with args beginning with: AUTH ${canary}`)],
  ['a cause', error('failed', { cause: error('inside', { args: [canary] }) })],
  ['something that is no error', { password: canary }],
  ['a string', `redis://:${canary}@db.example`],
  ['a name', error('failed', { name: `X ${canary}` })],
  ['a code', error('failed', { code: `E-${canary}` })],
])('%s is not in what is kept', (_what, thrown) => {
  expect(redactError(thrown)).not.toContain(canary)
  openErrorLog(folder).write('unhandled', thrown)
  const kept = readFileSync(join(folder, 'logs', 'errors.log'), 'utf8')
  expect(kept).not.toContain(canary)
  expect(vi.mocked(process.stderr.write).mock.calls.flat().join('')).not.toContain(canary)
})

test('keeps what helps: when, what, the kind, the code and where it was thrown', () => {
  const log = openErrorLog(folder, () => Date.UTC(2026, 0, 2, 3, 4, 5))
  log.write('unhandled rejection', error('connect ECONNREFUSED 127.0.0.1:6379', { code: 'ECONNREFUSED' }))
  const [first, second] = readFileSync(log.file, 'utf8').split('\n')
  expect(first).toBe(
    '2026-01-02T03:04:05.000Z unhandled rejection: Error ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:6379',
  )
  expect(second).toMatch(/^\s+at .*error-log\.test\.ts/)
})

test('one error is not more than one, whatever is in its message', () => {
  const log = openErrorLog(folder)
  log.write('unhandled', error('first\n2026-01-01T00:00:00Z forged: nothing\u001b[2J'))
  const lines = readFileSync(log.file, 'utf8').split('\n')
  expect(lines.filter((line) => /^\d{4}-/.test(line))).toHaveLength(1)
  expect(lines.join('')).not.toContain('\u001b')
})

test('never grows beyond two files, and a loop does not fill them', () => {
  let at = 0
  const log = openErrorLog(folder, () => at)
  for (let n = 0; n < 1000; n++) log.write('loop', error('again'))
  expect(readFileSync(log.file, 'utf8').match(/loop/g)).toHaveLength(60)
  for (let round = 0; round < 3; round++) {
    writeFileSync(log.file, 'x'.repeat(600 * 1024))
    at += 60_000
    log.write('later', error('again'))
  }
  expect(readdirSync(join(folder, 'logs')).sort()).toEqual(['errors.1.log', 'errors.log'])
  expect(statSync(log.file).size).toBeLessThan(10_000)
})

test('only this person may read it, and a disk that refuses is not another error', () => {
  const log = openErrorLog(folder)
  log.write('first', error('x'))
  if (process.platform !== 'win32') expect(statSync(log.file).mode & 0o077).toBe(0)
  rmSync(join(folder, 'logs'), { recursive: true })
  writeFileSync(join(folder, 'logs'), 'in the way')
  chmodSync(folder, 0o700)
  expect(() => log.write('second', error('x'))).not.toThrow()
})
