import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { SourceFiles } from './source-files.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-source-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string): string {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

it('sees a change once, and a file that goes only when it is back', () => {
  const file = write('a/handler.js', '1')
  const source = new SourceFiles(file)
  expect(source.name).toBe('handler.js')
  expect(source.hasChanged()).toBe(false)
  write('a/handler.js', '22')
  expect(source.hasChanged()).toBe(true)
  expect(source.hasChanged()).toBe(false)
  rmSync(file)
  expect(source.hasChanged()).toBe(false)
  write('a/handler.js', '333')
  expect(source.hasChanged()).toBe(true)
})

it.each([
  ['an import', `import x from './x.js'`, 'x.js'],
  ['an import for its effect', `import './x.mjs'`, 'x.mjs'],
  ['an export from', `export * from "./deep/x.js"`, 'deep/x.js'],
  ['an import at run time', `await import('./x.js')`, 'x.js'],
  ['a require without an ending', `const x = require('./x')`, 'x.js'],
  ['a require of a folder', `const x = require('./x')`, 'x/index.js'],
  ['a TypeScript file under its later name', `import x from './x.js'`, 'x.ts'],
  ['JSON', `require('../settings.json')`, '../settings.json'],
])('follows %s', (_what, code, path) => {
  const folder = mkdtempSync(join(root, 'case-'))
  const inside = join(folder.slice(root.length + 1), 'sub')
  write(join(inside, path), '1')
  const source = new SourceFiles(write(join(inside, 'handler.js'), code))
  expect(source.hasChanged()).toBe(false)
  write(join(inside, path), '22')
  expect(source.hasChanged()).toBe(true)
})

it('follows imports of imports, also in a circle, and what a change brings in', () => {
  write('b/one.js', `import './handler.js'`)
  const source = new SourceFiles(write('b/handler.js', `import './one.js'`))
  write('b/two.js', '1')
  write('b/one.js', `import './two.js' // now`)
  expect(source.hasChanged()).toBe(true)
  write('b/two.js', '22')
  expect(source.hasChanged()).toBe(true)
})

it('leaves packages and other files in the folder alone', () => {
  const source = new SourceFiles(write('c/handler.js', `import 'package'\nimport fs from 'node:fs'`))
  write('c/data.csv', 'new')
  write('c/package.js', 'new')
  expect(source.hasChanged()).toBe(false)
})
