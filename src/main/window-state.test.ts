import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { placeWindow, readWindowState, writeWindowState } from './window-state.ts'

const laptop = { x: 0, y: 0, width: 1440, height: 900 }
const monitor = { x: 1440, y: 0, width: 2560, height: 1440 }
const saved = { x: 1600, y: 100, width: 1200, height: 800, maximized: false }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-window-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('comes back where it was, as long as that display is there', () => {
  expect(placeWindow(saved, [laptop, monitor])).toEqual({ x: 1600, y: 100, width: 1200, height: 800 })
  expect(placeWindow(saved, [laptop])).not.toHaveProperty('x')
})

test('a corner of it must be seen, not a sliver', () => {
  expect(placeWindow({ ...saved, x: 1390 }, [laptop])).not.toHaveProperty('x')
  expect(placeWindow({ ...saved, x: 1340 }, [laptop])).toHaveProperty('x', 1340)
})

test('a damaged file is the same as none', () => {
  const file = join(folder, 'window.json')
  expect(readWindowState(file)).toBeNull()
  writeFileSync(file, '{"x":1')
  expect(readWindowState(file)).toBeNull()
  writeFileSync(file, '{"x":"1","y":0,"width":5,"height":5,"maximized":false}')
  expect(readWindowState(file)).toBeNull()
})

test('keeps the place, and shrugs at a disk that refuses', () => {
  const file = join(folder, 'new', 'window.json')
  writeWindowState(file, saved)
  expect(readWindowState(file)).toEqual(saved)
  writeFileSync(join(folder, 'file'), '')
  expect(() => writeWindowState(join(folder, 'file', 'window.json'), saved)).not.toThrow()
})
