import { expect, it } from 'vitest'
import { remedyFor, remedyWords, secretLabel } from './remedy.model.ts'

const ssh = { host: 'bastion', port: 22, username: 'ada', login: 'password', keyFile: '', jump: null } as const
const key = { host: 'bastion', port: 22, type: 'ssh-ed25519', fingerprint: 'SHA256:a' }

it('takes what the engine says before anything of its own', () => {
  const remedy = { kind: 'hostKey', key, before: null } as const
  expect(remedyFor({ code: 'AUTH_FAILED', remedy }, { ssh: null })).toBe(remedy)
})
it('asks for another secret where a log-in was refused', () => {
  const asked = (code: string, login: 'password' | 'key' | 'keyFile' | 'agent') =>
    remedyFor({ code, remedy: null }, { ssh: { ...ssh, login } })
  expect(asked('AUTH_FAILED', 'agent')).toEqual({ kind: 'secret', secret: 'password' })
  expect(asked('SSH_AUTH_FAILED', 'password')).toEqual({ kind: 'secret', secret: 'ssh' })
  expect(asked('SSH_AUTH_FAILED', 'key')).toEqual({ kind: 'secret', secret: 'sshKey' })
  expect(asked('SSH_AUTH_FAILED', 'agent')).toBe(null)
  expect(asked('CONNECTION_REFUSED', 'key')).toBe(null)
})
it('calls the secret by what it is', () => {
  expect(secretLabel('ssh', { ssh })).toBe('Password of the SSH server')
  expect(secretLabel('ssh', { ssh: { ...ssh, login: 'keyFile' } })).toBe('Passphrase of the SSH key')
})
it('tells a key that changed from one that is new', () => {
  expect(remedyWords({ kind: 'hostKey', key, before: null })).not.toBe(
    remedyWords({ kind: 'hostKey', key, before: 'SHA256:b' }),
  )
})
