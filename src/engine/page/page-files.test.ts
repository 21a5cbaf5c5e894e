import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pageHeaders, readPageFiles } from './page-files.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-page-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('lists what the page may load, by the exact path of the request', () => {
  mkdirSync(join(folder, 'assets'))
  for (const name of ['index.html', 'assets/index-a1.js', 'assets/notes.txt', 'assets/index-a1.js.map']) {
    writeFileSync(join(folder, name), '')
  }
  const files = readPageFiles(folder)
  expect([...files.keys()].sort()).toEqual(['/', '/assets/index-a1.js', '/index.html'])
  expect(files.get('/')?.path).toBe(join(folder, 'index.html'))
  expect(files.get('/assets/index-a1.js')).toMatchObject({ type: 'text/javascript; charset=utf-8', hashed: true })
})

test('says how to get the page when it was not built', () => {
  expect(() => readPageFiles(folder)).toThrow(/npm run build/)
})

test('the policy starts from nothing and opens what the page needs', () => {
  const headers = pageHeaders({ path: '/x', type: 'text/html', hashed: false }, "'self'")
  const policy = new Map(
    headers['Content-Security-Policy']?.split('; ').map((part) => {
      const [name = '', ...sources] = part.split(' ')
      return [name, sources.join(' ')]
    }),
  )
  expect(Object.fromEntries(policy)).toEqual({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'style-src-attr': "'unsafe-inline'",
    'img-src': "'self' data:",
    'font-src': "'self' data:",
    'connect-src': "'self'",
    'frame-src': "'none'",
    'object-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  })
  expect(headers['Cache-Control']).toBe('no-store')
  expect(headers['X-Content-Type-Options']).toBe('nosniff')
})
