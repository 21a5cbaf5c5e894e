import { describe, expect, it } from 'vitest'
import { type Profile, profileDraftSchema, usualProfile } from '../../../domain/profile.ts'
import { formProblems } from './form-problems.model.ts'
import {
  type ProfileForm,
  startForm,
  toDraft,
  withAddress,
  withAddressLeft,
  withField,
  withSecret,
} from './profile-form.model.ts'

const saved: Profile = {
  ...usualProfile,
  id: 'a',
  name: 'prod-eu',
  url: 'rediss://console@redis.example:6380/1',
  environment: 'production',
  privateTargets: false,
  trashLimitMb: 512,
  secrets: ['password'],
}
const full: Profile = {
  ...saved,
  url: 'redis://sentinel-1:26379',
  folder: 'Clients',
  topology: {
    kind: 'sentinel',
    master: 'mymaster',
    others: [
      { host: 'sentinel-2', port: 26_379 },
      { host: '::1', port: 5 },
    ],
    username: 'watcher',
    tls: true,
  },
  tls: { ca: pem(), certificate: pem(), serverName: 'redis.example', verify: false },
  ssh: {
    host: 'bastion',
    port: 2222,
    username: 'ada',
    login: 'key',
    keyFile: '',
    jump: { host: 'jump', port: 22, username: 'eve', login: 'keyFile', keyFile: '~/.ssh/id' },
  },
  keepSecrets: false,
  budgetPercent: 0.5,
  secrets: ['password', 'sentinelPassword', 'tlsKey', 'tlsKeyPassphrase', 'ssh', 'sshKey', 'jump'],
}

function pem(): string {
  return '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'
}

const empty = startForm(undefined, [])
const problemsOf = (change: Partial<ProfileForm>) => formProblems({ ...startForm(saved, []), ...change }, [])

it('wants a name and an address before anything can be saved', () => {
  expect(Object.keys(formProblems(empty, [])).sort()).toEqual(['address', 'name'])
})
it('refuses the name of another connection, but not its own', () => {
  const other = { ...startForm(undefined, [saved]), name: ' prod-eu ', address: 'redis://h' }
  expect(formProblems(other, [saved])).toHaveProperty('name')
  expect(formProblems(startForm(saved, [saved]), [saved])).toEqual({})
})
it('gives a new connection a colour of its own', () => {
  expect(startForm(undefined, [saved]).colour).not.toBe('blue')
})
it('gives back a profile as it was, and says nothing of its secrets', () => {
  for (const profile of [saved, full]) {
    const { builtIn: _builtIn, secrets: _secrets, ...rest } = profile
    expect(formProblems(startForm(profile, []), [])).toEqual({})
    expect(profileDraftSchema.parse(toDraft(startForm(profile, [])))).toEqual({ ...rest, secrets: {} })
  }
})

describe('the address', () => {
  it('keeps the text and the fields in step', () => {
    const typed = withAddress(empty, 'rediss://ada@db.example/4')
    expect(typed.fields).toMatchObject({ transport: 'tls', host: 'db.example', db: '4', username: 'ada' })
    expect(withField(typed, { host: 'other' }).address).toBe('rediss://ada@other:6379/4')
  })
  it('takes all that a redis-cli command says', () => {
    const typed = withAddress(empty, 'redis-cli -h db -p 7000 -a s3cret -c --tls --insecure --sni inner GET x')
    expect(typed.topology.kind).toBe('cluster')
    expect(typed.tls).toMatchObject({ verify: false, serverName: 'inner' })
    expect(typed.notes.join(' ')).toContain('not the command')
    const left = withAddressLeft(typed)
    expect([left.address, left.secrets]).toEqual(['rediss://db:7000', { password: 's3cret' }])
    expect(left.notes).toEqual(typed.notes)
  })
  it('takes Sentinels of a URL, and a plain URL leaves what was chosen by hand', () => {
    const typed = withAddress(empty, 'redis+sentinel://a,b:5000/orders/2')
    expect(typed.topology).toMatchObject({ kind: 'sentinel', master: 'orders', others: 'b:5000' })
    expect(withAddress(typed, 'redis://c:26379').topology.kind).toBe('sentinel')
  })
  it('does not lose a password that was typed into the URL when a field is changed', () => {
    const form = withField(withAddress(empty, 'redis://:secret@h'), { db: '2' })
    expect([form.address, form.secrets]).toEqual(['redis://h:6379/2', { password: 'secret' }])
  })
  it('never sends a password within the URL', () => {
    const draft = toDraft(withAddress({ ...empty, name: 'a' }, 'redis://u:secret@h'))
    expect([draft.url, draft.secrets]).toEqual(['redis://u@h:6379', { password: 'secret' }])
  })
})

describe('secrets', () => {
  it('keeps what is stored unless another is typed, and removes it when told', () => {
    const form = startForm(saved, [])
    expect(toDraft(form).secrets).toEqual({})
    expect(toDraft(withSecret(form, 'password', 'new')).secrets).toEqual({ password: 'new' })
    expect(toDraft(withSecret(form, 'password', '')).secrets).toEqual({ password: '' })
    expect(toDraft(withSecret(withSecret(form, 'password', ''), 'password', undefined)).secrets).toEqual({})
  })
  it('removes stored ones that are of no use any more', () => {
    const form = startForm(full, [])
    expect(toDraft({ ...form, throughSsh: false }).secrets).toEqual({ ssh: '', sshKey: '', jump: '' })
    expect(toDraft({ ...form, ssh: { ...form.ssh, login: 'agent' } }).secrets).toEqual({ ssh: '', sshKey: '' })
    expect(toDraft({ ...form, tls: usualProfile.tls }).secrets).toEqual({ tlsKey: '', tlsKeyPassphrase: '' })
    expect(toDraft({ ...form, topology: empty.topology }).secrets).toEqual({ sentinelPassword: '' })
  })
})

describe('what is wrong', () => {
  it('is said of numbers', () => {
    const room = (trashLimitMb: string) => problemsOf({ trashLimitMb }).trashLimitMb
    expect(['0', '256', '1000000'].map(room)).toEqual([undefined, undefined, undefined])
    expect(['', '-1', '1.5', '1000001', 'many'].every((text) => room(text) !== undefined)).toBe(true)
    expect(['0.1', '50'].every((budgetPercent) => problemsOf({ budgetPercent }).budgetPercent === undefined)).toBe(true)
    expect(['0', '51', ''].every((budgetPercent) => problemsOf({ budgetPercent }).budgetPercent)).toBe(true)
  })
  it('is said of how servers are arranged', () => {
    const cluster = { ...empty.topology, kind: 'cluster' } as const
    expect(problemsOf({ topology: cluster }).kind).toContain('database 0')
    expect(problemsOf({ topology: { ...cluster, kind: 'sentinel', master: ' ' } })).toHaveProperty('master')
    expect(problemsOf({ topology: { ...cluster, kind: 'sentinel', others: 'a:b:c' } })).toHaveProperty('others')
  })
  it('is said of certificates and keys', () => {
    expect(problemsOf({ tls: { ...usualProfile.tls, ca: 'oops' } })).toHaveProperty('ca')
    const tls = { ...usualProfile.tls, certificate: pem() }
    expect(problemsOf({ tls })).toHaveProperty('tlsKey')
    expect(problemsOf({ tls, secrets: { tlsKey: 'k' } })).toEqual({})
    expect(problemsOf({ tls, stored: ['tlsKey'], secrets: { tlsKey: '' } })).toHaveProperty('tlsKey')
  })
  it('is said of SSH, by field, and only while it is used', () => {
    expect(Object.keys(problemsOf({ throughSsh: true })).sort()).toEqual(['ssh.host', 'ssh.username'])
    const ssh = { ...empty.ssh, host: 'b', username: 'ada', login: 'keyFile' } as const
    expect(Object.keys(problemsOf({ throughSsh: true, ssh }))).toEqual(['ssh.keyFile'])
    expect(Object.keys(problemsOf({ throughSsh: true, ssh: { ...ssh, login: 'key' } }))).toEqual(['ssh.key'])
    expect(problemsOf({ throughSsh: false, throughJump: true })).toEqual({})
  })
})
