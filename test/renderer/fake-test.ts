import { errorCodes } from '../../src/domain/errors.ts'
import { type HostKey, type ProfileDraft, type Remedy, usualProfile } from '../../src/domain/profile.ts'
import type { ProfileFile } from '../../src/domain/profile-file.ts'
import { refuse } from './fake-actions.ts'

interface FakeStep {
  name: string
  ok: boolean
  detail: string
}

/**
 * A trial connection: a URL with `auth` in it is refused by Redis until a password is typed, one with `refused` by
 * nobody being there; an SSH server is unknown until its key is trusted.
 */
export async function fakeTest({ url, ssh, secrets }: ProfileDraft, hostKeys: readonly HostKey[]) {
  await new Promise((resolve) => setTimeout(resolve, 400))
  const failed = (steps: FakeStep[], name: string, code: keyof typeof errorCodes, remedy: Remedy | null = null) => ({
    ok: false,
    steps: [...steps, { name, ok: false, detail: errorCodes[code].sentence }],
    code,
    remedy,
  })
  const resolved = { name: 'Host', ok: true, detail: '10.4.0.12' }
  if (ssh !== null && !hostKeys.some(({ host, port }) => host === ssh.host && port === ssh.port)) {
    const { host, port } = ssh
    const fingerprint = 'SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM'
    const key = { host, port, type: 'ssh-ed25519', fingerprint }
    return failed([resolved], 'SSH', 'HOST_KEY_UNKNOWN', { kind: 'hostKey', key, before: null })
  }
  if (url.includes('refused')) return failed([resolved], 'Connect', 'CONNECTION_REFUSED')
  const connected = [resolved, { name: 'Connect', ok: true, detail: 'In 12 ms.' }]
  if (url.includes('auth') && !secrets.password)
    return failed(connected, 'Log in', 'AUTH_FAILED', { kind: 'secret', secret: 'password' })
  return {
    ok: true,
    steps: [
      ...connected,
      { name: 'Log in', ok: true, detail: 'Logged in as default.' },
      { name: 'Redis', ok: true, detail: 'Redis 7.4.2, master, 1,204,118 keys.' },
    ],
    code: null,
    remedy: null,
  }
}

/** What any file of profiles holds here: one whose name is taken, and one that tries to deceive. */
export function fakeProfileFile({ text, passphrase }: { text: string; passphrase: string | null }): ProfileFile {
  if (!text.trim().startsWith('{')) throw refuse('INVALID_INPUT', 'This is no file of connections.')
  if (passphrase === 'wrong') throw refuse('AUTH_FAILED', 'That is not the passphrase of this file.')
  const profile = { ...usualProfile, name: 'prod-eu', url: 'rediss://redis.prod-eu.internal:6380' }
  const secrets = passphrase === null ? [] : ['password' as const]
  return {
    from: 'Sluice',
    sealed: text.includes('"sealed":true') && passphrase === null,
    profiles: [
      { profile: { ...profile, environment: 'production' }, secrets, nameTaken: true, notes: [] },
      {
        profile: {
          ...profile,
          name: 'pay\u202egnigats\u202c<img src=x onerror=alert(1)>',
          tls: { ...profile.tls, verify: false },
        },
        secrets: [],
        nameTaken: false,
        notes: ['The file /etc/\u202essl\u0000/ca.pem is not read: paste its text.'],
      },
    ],
    problems: ['One entry has no host, and was left out.'],
  }
}
