import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type PageFiles, readPageFiles } from '../engine/page/page-files.ts'
import { answerPageRequest, isPageAddress } from './page-protocol.ts'

vi.mock('electron', () => ({ protocol: {} }))

let folder: string
let files: PageFiles
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-protocol-'))
  writeFileSync(join(folder, 'index.html'), 'page')
  files = readPageFiles(folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each(['app://console/', 'app://console/index.html', 'app://console/?a=1#/queues'])(
  'serves %s',
  async (address) => {
    const answer = await answerPageRequest(files, 'GET', address)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('page')
    expect(answer.headers.get('Content-Security-Policy')).toContain("connect-src 'none'")
  },
)

test.each([
  'app://console/../index.js',
  'app://console/%2e%2e/index.js',
  'app://console/..%5cindex.js',
  'app://console//index.html',
  'app://console/C:/index.html',
  'app://console/%00',
  'app://other/index.html',
  'app://console:80/index.html',
  'https://console/index.html',
  'not an address',
])('does not serve %s', async (address) => {
  expect((await answerPageRequest(files, 'GET', address)).status).toBe(404)
})

test('answers HEAD without a body, and no other method', async () => {
  expect(await (await answerPageRequest(files, 'HEAD', 'app://console/')).text()).toBe('')
  expect((await answerPageRequest(files, 'POST', 'app://console/')).status).toBe(405)
})

test('knows its own page from others', () => {
  expect(isPageAddress('app://console/#/x')).toBe(true)
  for (const other of ['app://console.evil/', 'app://evil/console', 'app:console', 'file:///app', '', 'null']) {
    expect(isPageAddress(other)).toBe(false)
  }
})
