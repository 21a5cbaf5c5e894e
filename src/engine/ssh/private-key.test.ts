import { generateKeyPairSync } from 'node:crypto'
import { homedir } from 'node:os'
import { expect, test, vi } from 'vitest'
import { makeSshKey } from '../../../test/servers/ssh-key.ts'
import type { SluiceError } from '../../domain/errors.ts'
import { type OpenedKeys, readKeyFile, readPrivateKey } from './private-key.ts'

const passphrase = 'canary passphrase'
const read = (text: string, known: string | null = null, opened: OpenedKeys = new Map()) =>
  readPrivateKey(text, { name: 'The key of x', passphraseName: 'jump', passphrase: async () => known, opened })
const refusal = (work: Promise<unknown>): Promise<SluiceError> =>
  work.then(
    () => Promise.reject(new Error('it was read')),
    (error) => error,
  )

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

test.each([
  ['ed25519', makeSshKey().private, 'ssh-ed25519'],
  ['with what an editor adds', `\n${makeSshKey().private}\r\n`, 'ssh-ed25519'],
  ['ecdsa', makeSshKey('ecdsa').private, 'ecdsa-sha2-nistp256'],
  ['rsa', makeSshKey('rsa').private, 'ssh-rsa'],
  ['PEM', rsa.export({ type: 'pkcs1', format: 'pem' }).toString(), 'ssh-rsa'],
  ['PKCS 8, RSA', rsa.export({ type: 'pkcs8', format: 'pem' }).toString(), 'ssh-rsa'],
  ['PKCS 8, EC', ec.export({ type: 'pkcs8', format: 'pem' }).toString(), 'ecdsa-sha2-nistp256'],
])('reads a key: %s', async (_, text, type) => {
  const asked = vi.fn(async () => null)
  const key = await readPrivateKey(text, { name: '', passphraseName: 'ssh', passphrase: asked, opened: new Map() })
  expect(key).toMatchObject({ type })
  expect(key.isPrivateKey()).toBe(true)
  expect(asked).not.toHaveBeenCalled()
})

test.each([
  ['of ssh-keygen', makeSshKey('ed25519', passphrase).private],
  ['PEM', rsa.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase }).toString()],
  ['PKCS 8', ec.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString()],
])('asks for a passphrase where there is one: %s', async (_, text) => {
  expect((await read(text, passphrase)).isPrivateKey()).toBe(true)
  for (const none of [null, '']) {
    expect(await refusal(read(text, none))).toMatchObject({
      ...{ code: 'SECRET_MISSING', message: 'The key of x needs a passphrase: enter it.' },
      remedy: { kind: 'secret', secret: 'jump' },
    })
  }
  const wrong = await refusal(read(text, 'canary wrong'))
  expect(wrong).toMatchObject({ code: 'SSH_AUTH_FAILED', remedy: { kind: 'secret', secret: 'jump' } })
  expect(wrong.message).toBe('The key of x is not opened by this passphrase.')
})

test('opens a key once, and asks for its passphrase all the same', async () => {
  const opened: OpenedKeys = new Map()
  const text = makeSshKey('ed25519', passphrase).private
  const key = await read(text, passphrase, opened)
  expect(await read(text, passphrase, opened)).toBe(key)
  expect((await refusal(read(text, 'canary wrong', opened))).code).toBe('SSH_AUTH_FAILED')
  expect((await refusal(read(text, null, opened))).code).toBe('SECRET_MISSING')
})

test.each([
  ['a public key', makeSshKey().public, /is a public key: the private one is needed/],
  ['nothing', ' \n', /is empty/],
  ['PuTTY 0.75', 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n', /third format of PuTTY/],
  ['a key of a token', 'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1', /is a public key/],
  ['anything else', 'canary', /is no private key that Sluice can read/],
  ['a key that is cut', makeSshKey().private.slice(0, 120), /is no private key/],
])('says what it got in place of a key: %s', async (_, text, sentence) => {
  const error = await refusal(read(text))
  expect(error).toMatchObject({ code: 'SSH_AUTH_FAILED', message: expect.stringMatching(sentence) })
  expect(error.message).not.toContain('canary')
})

test('looks for key files in the folder of the person', async () => {
  expect((await refusal(readKeyFile('~/.ssh/no-such-key'))).message).toBe(
    `The key file ${homedir()}/.ssh/no-such-key is not there.`,
  )
  expect((await refusal(readKeyFile(homedir()))).message).toMatch(/is a folder/)
})
