import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SluiceError } from '../../domain/errors.ts'
import type { HostKey } from '../../domain/profile.ts'
import { fingerprintOf, type HostKeys, openHostKeys } from './host-keys.ts'

/** Keys, names and fingerprints as ssh-keygen of OpenSSH 9.2 wrote them. */
const first = 'AAAAC3NzaC1lZDI1NTE5AAAAIJs30UcoqgCdQcGK1uz1cyn3wABI4VWwCWYGbl0YF84Y'
const second =
  'AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBBF2O6K+57VX83ngpDHrRcMkIuds0aMUN8EiWe/SUkW5KBWHXjBiWzwVe9RG29cLFLQOSEkk1y70c5Ml82Gz98E='
const firstPrint = 'SHA256:2s9qT1fjsNmzkMmW7rsjZm5Gci5EnkXJmW63Yrg3a98'
const secondPrint = 'SHA256:JVX5igd95To/Q4ivcdoK+C9eiSrdiDUBWctuoaTmM2g'
const hashed = [
  `|1|SKDRTN/ioFIIB4Iq0odPQxpX1/M=|BgbcTLluuqGBn/Vqz1xiDZf6p8I= ssh-ed25519 ${first}`,
  `|1|k+CiHi+/fs22SPM9+mZRayENo78=|mBZjj1r9eoCUCboxLrq824sL8DM= ecdsa-sha2-nistp256 ${second}`,
].join('\n')

const bastion = { host: 'bastion.example.com', port: 22 }
const ed25519 = Buffer.from(first, 'base64')
const ecdsa = Buffer.from(second, 'base64')
const seen = { ...bastion, type: 'ssh-ed25519', fingerprint: firstPrint }

let folder: string
let keys: HostKeys

const knownHosts = () => join(folder, 'known_hosts')
const vouch = (text: string) => writeFileSync(knownHosts(), text)
const open = () => openHostKeys({ folder, knownHosts: knownHosts() })
const refusal = (of: HostKeys, endpoint = bastion, key = ed25519): Promise<SluiceError> =>
  of.check(endpoint, key).then(
    () => Promise.reject(new Error('it was taken')),
    (error) => error,
  )

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-host-keys-'))
  keys = await open()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('prints fingerprints as ssh does', () => {
  expect(fingerprintOf(ed25519)).toBe(firstPrint)
  expect(fingerprintOf(ecdsa)).toBe(secondPrint)
})

test('takes no key that nobody vouched for, and says which it was', async () => {
  const error = await refusal(keys)
  expect(error).toMatchObject({ code: 'HOST_KEY_UNKNOWN', remedy: { kind: 'hostKey', key: seen, before: null } })
})

test('takes the key that a person trusted, and remembers it', async () => {
  await keys.trust(seen)
  await keys.check(bastion, ed25519)
  expect(keys.list()).toEqual([seen])
  const later = await open()
  await later.check({ ...bastion, host: 'BASTION.example.com' }, ed25519)
  expect(await later.types(bastion)).toEqual(['ssh-ed25519'])
  if (process.platform !== 'win32') expect(statSync(join(folder, 'ssh-hosts.json')).mode & 0o777).toBe(0o600)
})

test('takes no other key than the one that was seen, for no other port, and says what it was before', async () => {
  await keys.trust(seen)
  const error = await refusal(keys, bastion, ecdsa)
  expect(error).toMatchObject({
    code: 'HOST_KEY_CHANGED',
    remedy: { key: { type: 'ecdsa-sha2-nistp256', fingerprint: secondPrint }, before: firstPrint },
  })
  expect((await refusal(keys, { ...bastion, port: 2222 })).code).toBe('HOST_KEY_UNKNOWN')
})

test('a key that is trusted takes the place of the one before', async () => {
  await keys.trust(seen)
  await keys.trust({ ...seen, type: 'ecdsa-sha2-nistp256', fingerprint: secondPrint })
  await keys.check(bastion, ecdsa)
  expect(await refusal(keys)).toMatchObject({ code: 'HOST_KEY_CHANGED', remedy: { before: secondPrint } })
  expect(keys.list()).toHaveLength(1)
})

test('forgets', async () => {
  await keys.trust(seen)
  await keys.forget(bastion)
  expect((await refusal(await open())).code).toBe('HOST_KEY_UNKNOWN')
})

test('keeps all that is trusted at the same time', async () => {
  const many: HostKey[] = Array.from({ length: 20 }, (_, at) => ({ ...seen, port: at + 1 }))
  await Promise.all(many.map((key) => keys.trust(key)))
  expect((await open()).list()).toEqual(many)
})

test.each([
  ['by name', `# mine\n\nbastion.example.com ssh-ed25519 ${first} a comment`],
  ['among several names', `10.0.0.1,Bastion.example.com ssh-ed25519 ${first}`],
  ['by a pattern', `*.example.com,!other.example.com ssh-ed25519 ${first}`],
  ['by a pattern with ?', `bastio?.example.com ssh-ed25519 ${first}`],
  ['hashed', hashed],
])('takes the keys that known_hosts vouches for: %s', async (_, text) => {
  vouch(text)
  await keys.check(bastion, ed25519)
  expect(await keys.types(bastion)).toContain('ssh-ed25519')
  expect(await refusal(keys, bastion, ecdsa)).toMatchObject({
    code: 'HOST_KEY_CHANGED',
    remedy: { before: firstPrint },
  })
  expect(readFileSync(knownHosts(), 'utf8')).toBe(text)
})

test('knows a port by [name]:port', async () => {
  vouch(hashed)
  await keys.check({ ...bastion, port: 2222 }, ecdsa)
  expect(await refusal(keys, { ...bastion, port: 2223 }, ecdsa)).toMatchObject({ code: 'HOST_KEY_UNKNOWN' })
})

test.each([
  ['another name', `bastion.example.org ssh-ed25519 ${first}`],
  ['a name that is taken out', `*.example.com,!bastion.example.com ssh-ed25519 ${first}`],
  ['a dot that is no pattern', `bastion-example.com ssh-ed25519 ${first}`],
  ['an authority for certificates', `@cert-authority * ssh-ed25519 ${first}`],
  ['an unknown mark', `@trusted * ssh-ed25519 ${first}`],
  ['another type than the key has', `* ssh-rsa ${first}`],
  ['a line that is cut', `bastion.example.com ssh-ed25519 ${first.slice(0, 30)}`],
  ['a line without a key', 'bastion.example.com ssh-ed25519'],
  ['a hash without its salt', `|1||BgbcTLluuqGBn/Vqz1xiDZf6p8I= ssh-ed25519 ${first}`],
])('a line of known_hosts counts for nothing: %s', async (_, text) => {
  vouch(text)
  expect((await refusal(keys)).code).toBe('HOST_KEY_UNKNOWN')
})

test('never takes a key that known_hosts revokes, and offers no way to', async () => {
  vouch(`@revoked * ssh-ed25519 ${first}\nbastion.example.com ssh-ed25519 ${first}`)
  await keys.trust(seen)
  expect(await refusal(keys)).toMatchObject({ code: 'HOST_KEY_CHANGED', remedy: null })
})

test('a key that was replaced here is not let in again by known_hosts', async () => {
  vouch(`bastion.example.com ssh-ed25519 ${first}`)
  await keys.trust({ ...seen, type: 'ecdsa-sha2-nistp256', fingerprint: secondPrint })
  expect((await refusal(keys)).code).toBe('HOST_KEY_CHANGED')
})

test('keeps a damaged file aside, and trusts nothing it said', async () => {
  writeFileSync(join(folder, 'ssh-hosts.json'), '{"version":1,"keys":[')
  const later = await open()
  expect(later.notice).toMatch(/is damaged or from another version/)
  expect((await refusal(later)).code).toBe('HOST_KEY_UNKNOWN')
})
