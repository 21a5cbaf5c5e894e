import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FuseV1Options } from '@electron/fuses'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from '../machine.mjs'
import { builderConfig } from './builder-config.mjs'
import { fuses } from './fuses.mjs'
import { icnsOf, iconSizes, icoOf } from './icon-files.mjs'
import { licencesOf } from './licences.mjs'
import { unpackedParts } from './stage-app.mjs'

let app: string
beforeEach(() => {
  app = mkdtempSync(join(tmpdir(), 'sluice-stage-'))
  mkdirSync(join(app, 'out', 'handlers'), { recursive: true })
  mkdirSync(join(app, 'out', 'shared'))
  writeFileSync(join(app, 'out', 'handlers', 'handler-runner.js'), 'import("../shared/a.js"); import "node:fs"')
  writeFileSync(join(app, 'out', 'shared', 'a.js'), 'import { x } from "./b.js"')
  writeFileSync(join(app, 'out', 'shared', 'b.js'), 'export { y } from "../shared/c.js"')
  writeFileSync(join(app, 'out', 'shared', 'c.js'), '')
  writeFileSync(join(app, 'out', 'shared', 'secret.js'), '')
})
afterEach(() => rmSync(app, { recursive: true }))

const configOf = () =>
  builderConfig({ app, parts: app }, { output: '/nowhere', electronDist: null, electronVersion: '45.4.1' })

test('no package starts without Chromium’s sandbox', () => {
  const config = configOf()
  expect(config.toolsets?.appimage).toBe('1.0.3') // 0.0.0 adds --no-sandbox to each start
  expect(config.linux?.executableArgs).toEqual(['--'])
  expect(JSON.stringify(config)).not.toContain('no-sandbox')
})

test('the fuses close every way into Node, and every other app', () => {
  expect(Object.entries(fuses).map(([fuse, on]) => [FuseV1Options[Number(fuse)], on])).toEqual([
    ['RunAsNode', false],
    ['EnableCookieEncryption', true],
    ['EnableNodeOptionsEnvironmentVariable', false],
    ['EnableNodeCliInspectArguments', false],
    ['EnableEmbeddedAsarIntegrityValidation', true],
    ['OnlyLoadAppFromAsar', true],
    ['LoadBrowserProcessSpecificV8Snapshot', false],
    ['GrantFileProtocolExtraPrivileges', false],
  ])
})

test('all kinds of packages are asked for, none is published, and none looks for updates', () => {
  const { linux, mac, win, publish, protocols } = configOf()
  expect([linux?.target, mac?.target, win?.target]).toEqual([['AppImage', 'deb'], ['dmg', 'zip'], ['nsis']])
  expect(publish).toBeNull()
  expect(protocols).toEqual([{ name: expect.any(String), schemes: ['sluice'] }])
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(Object.keys(dependencies)).not.toContain('electron-updater')
})

test('beside the archive lies what handler processes load, and no more of the app', () => {
  const parts = unpackedParts(app)
  expect(parts).toEqual(
    expect.arrayContaining(['out/handlers/handler-runner.js', 'package.json', 'node_modules/tsx/**']),
  )
  expect(parts.filter((part) => part.startsWith('out/shared/'))).toEqual(
    ['a', 'b', 'c'].map((name) => `out/shared/${name}.js`),
  )
})

const pictures = new Map(
  iconSizes.map((size) => [size, readFileSync(join(root, 'resources', 'icons', `${size}x${size}.png`))]),
)

test('the icons are pictures of their size', () => {
  for (const [size, bytes] of pictures) {
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([size, size])
  }
})

test('an .ico holds the pictures up to 256 px, each where its entry says', () => {
  const file = icoOf(pictures)
  const count = file.readUInt16LE(4)
  expect(count).toBe(6)
  for (let entry = 6; entry < 6 + 16 * count; entry += 16) {
    const [length, offset] = [file.readUInt32LE(entry + 8), file.readUInt32LE(entry + 12)]
    const picture = file.subarray(offset, offset + length)
    expect(picture.readUInt32BE(16)).toBe(file.readUInt8(entry) || 256)
  }
})

test('an .icns is made of parts that fill it', () => {
  const file = icnsOf(pictures)
  expect(file.subarray(0, 4).toString()).toBe('icns')
  expect(file.readUInt32BE(4)).toBe(file.length)
  let at = 8
  while (at < file.length) at += file.readUInt32BE(at + 4)
  expect(at).toBe(file.length)
})

test('the licences are those of everything that is shipped, also of what is needed by what is needed', () => {
  const text = licencesOf(['ssh2', 'react'])
  for (const name of ['ssh2', 'react', 'asn1', 'safer-buffer']) expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'))
  expect(text).toContain('Permission is hereby granted')
})
