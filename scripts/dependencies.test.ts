import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { areDependenciesInstalled } from './dependencies.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-dependencies-'))
  mkdirSync(join(folder, 'node_modules'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const lock = {
  '': { version: '0.1.0' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/a-win32': { version: '1.0.0', integrity: 'sha512-w', optional: true },
}

function write(file: string, packages: object) {
  writeFileSync(join(folder, file), JSON.stringify({ packages }))
}

test('what npm installed must be what the lock file says', () => {
  write('package-lock.json', lock)
  expect(areDependenciesInstalled(folder)).toBe(false)
  write('node_modules/.package-lock.json', { 'node_modules/a': lock['node_modules/a'] })
  expect(areDependenciesInstalled(folder)).toBe(true)
  write('package-lock.json', { ...lock, 'node_modules/b': { version: '1.0.0' } })
  expect(areDependenciesInstalled(folder)).toBe(false)
})

test.each([
  { version: '1.0.1', integrity: 'sha512-a' },
  { version: '1.0.0', integrity: 'sha512-other' },
])('another package under the same name is not it: %o', (installed) => {
  write('package-lock.json', lock)
  write('node_modules/.package-lock.json', { 'node_modules/a': installed })
  expect(areDependenciesInstalled(folder)).toBe(false)
})

/*
 * `npm ci` refuses a lock file that leaves out another platform's optional package, as npm writes it where a registry
 * does not serve that package. Such an entry has to be added by hand: name, version, os, cpu, libc, optional.
 */
test('the lock file names the optional packages of every platform', () => {
  const { packages } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'))
  const missing = Object.entries<{ optionalDependencies?: Record<string, string> }>(packages).flatMap(
    ([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
  )
  expect(missing).toEqual([])
})
