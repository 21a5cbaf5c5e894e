import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ProfileDraft, secretNames, usualProfile } from '../../domain/profile.ts'
import { profileFileSchema } from '../../domain/profile-file.ts'
import { openProfileStore, type ProfileStore } from '../profiles/profile-store.ts'
import { memorySecretStore, type SecretStore } from '../profiles/secret-store.ts'
import { exportProfiles } from './export-profiles.ts'
import { freeName, importProfiles } from './import-profiles.ts'
import { readProfileFile } from './read-profile-file.ts'

const canary = 'canary-5d1e'
const passphrase = 'canary correct horse'
const cost = { N: 1024, r: 8, p: 1 }
const { builtIn: _, ...usual } = usualProfile

let folder: string
let secrets: SecretStore
let store: ProfileStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-profile-files-'))
  secrets = memorySecretStore()
  store = await openProfileStore({ folder, secrets })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const pem = (text: string) => `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`
const draft = (changes: Partial<ProfileDraft>): ProfileDraft => ({
  ...{ ...usual, name: 'Shop', url: 'redis://shop:6379', secrets: {} },
  ...changes,
})
/** Everything that a profile can have. */
const rich = draft({
  ...{
    name: 'Everything',
    folder: 'Shops',
    url: 'rediss://ops@shop.example:6380/2',
    environment: 'production',
    readOnly: true,
  },
  topology: {
    kind: 'sentinel',
    master: 'mymaster',
    others: [{ host: 's2', port: 26379 }],
    username: 'watch',
    tls: true,
  },
  tls: { ca: 'CA in PEM', certificate: 'certificate in PEM', serverName: 'shop.internal', verify: true },
  ssh: {
    ...{ host: 'bastion', port: 2222, username: 'ops', login: 'key', keyFile: '' },
    jump: { host: 'jump', port: 22, username: 'ops', login: 'key', keyFile: '' },
  },
  ...{ colour: 'red', budgetPercent: 7, privateTargets: false, trashLimitMb: 9, trackedPrefix: 'x:' },
  hints: [{ system: 'bull', prefix: 'b', name: 'mail' }],
  secrets: Object.fromEntries(secretNames.map((name) => [name, pem(`${canary}-${name}`)])),
})

const sources = () => ({ profile: (id: string) => store.get(id), secrets, cost })
const exported = async (ids: readonly string[], word: string | null) =>
  (await exportProfiles({ ids, passphrase: word }, sources())).text
const read = async (text: string, word: string | null = null) => {
  const file = await readProfileFile(
    { text, passphrase: word },
    store.list().map(({ name }) => name),
  )
  expect(profileFileSchema.parse(file)).toEqual(file)
  expect(JSON.stringify(file)).not.toContain(canary)
  return file
}
const imported = (text: string, word: string | null, take: number[]) =>
  importProfiles({ text, passphrase: word }, take, store)

/** Goes to another computer, with nothing but the file. */
async function elsewhere() {
  await rm(folder, { recursive: true })
  secrets = memorySecretStore()
  store = await openProfileStore({ folder, secrets })
}

describe('a file of Sluice', () => {
  it('carries profiles with their secrets, sealed by a passphrase', async () => {
    const old = await store.save(rich)
    const plain = await store.save(draft({ name: 'Plain' }))
    const { name, text } = await exportProfiles({ ids: [plain.id, old.id], passphrase }, sources())
    expect(name).toMatch(/^sluice-profiles-\d{4}-\d\d-\d\d\.json$/)
    expect(text).not.toContain('canary')
    expect(text).not.toContain(old.id)
    await elsewhere()
    expect(await read(text)).toMatchObject({ from: 'Sluice', sealed: true, problems: [] })
    const { sealed, profiles } = await read(text, passphrase)
    expect(sealed).toBe(false)
    expect(profiles.map((each) => [each.profile.name, each.secrets, each.nameTaken, each.notes])).toEqual([
      ['Plain', [], false, []],
      ['Everything', [...secretNames], false, []],
    ])
    expect(store.list()).toEqual([])
    const [taken] = await imported(text, passphrase, [1])
    expect(taken).toEqual({ ...old, id: taken?.id })
    expect(taken?.id).not.toBe(old.id)
    for (const each of secretNames) expect(await secrets.get(taken?.id ?? '', each)).toBe(pem(`${canary}-${each}`))
    expect(store.list()).toHaveLength(1)
  })

  it('carries no secret without a passphrase: they are asked for', async () => {
    const { id } = await store.save(rich)
    const text = await exported([id], null)
    expect(text).not.toContain(canary)
    await elsewhere()
    const file = await read(text)
    expect(file).toMatchObject({ sealed: false, profiles: [{ secrets: [] }] })
    const [taken] = await imported(text, null, [0])
    expect(taken).toMatchObject({ environment: 'production', readOnly: true, secrets: [...secretNames] })
    for (const each of secretNames) expect(await secrets.get(taken?.id ?? '', each)).toBeNull()
  })

  it('comes without secrets when its passphrase is not given, and is refused with a wrong one', async () => {
    const { id } = await store.save(draft({ secrets: { password: canary } }))
    const text = await exported([id], passphrase)
    await elsewhere()
    expect(await read(text)).toMatchObject({ sealed: true, profiles: [{ secrets: ['password'] }] })
    await expect(read(text, 'wrong')).rejects.toMatchObject({ code: 'AUTH_FAILED' })
    await expect(imported(text, 'wrong', [0])).rejects.toMatchObject({ code: 'AUTH_FAILED' })
    const [taken] = await imported(text, null, [0])
    expect(taken).toMatchObject({ secrets: ['password'] })
    expect(await secrets.get(taken?.id ?? '', 'password')).toBeNull()
  })

  it.each([
    ['the address', (file: string) => file.replace('shop:6379', 'evil:6379')],
    ['whether certificates are checked', (file: string) => file.replace('"verify": true', '"verify": false')],
    ['which secret is which', (file: string) => file.replace('"password": "', '"tlsKey": "')],
  ])('gives no secret to a profile of which somebody changed %s', async (_what, changed) => {
    const { id } = await store.save(draft({ secrets: { password: canary } }))
    const text = await exported([id], passphrase)
    expect(changed(text)).not.toBe(text)
    const file = await read(changed(text), passphrase)
    expect(file.profiles[0]).toMatchObject({
      secrets: [],
      notes: expect.arrayContaining([expect.stringMatching(/changed after its secrets were sealed/)]),
    })
    const [taken] = await imported(changed(text), passphrase, [0])
    for (const name of secretNames) expect(await secrets.get(taken?.id ?? '', name)).toBeNull()
  })

  it('is of what was chosen, and of no built-in profile', async () => {
    const { id } = await store.save(draft({}))
    await store.save(draft({ name: 'Not this one' }))
    expect(await exported([id, id], null)).not.toContain('Not this one')
    await expect(exported(['nobody'], null)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const builtIn = { ...usualProfile, id: 'local', name: 'This computer', url: 'redis://x', builtIn: true }
    const asked = exportProfiles({ ids: ['local'], passphrase: null }, { ...sources(), profile: () => builtIn })
    await expect(asked).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  it('gives a name that is taken a number, also within the file', async () => {
    const one = await store.save(draft({}))
    const two = await store.save(draft({ url: 'redis://other' }))
    const text = await exported([one.id, two.id], null)
    const file = await read(text)
    expect(file.profiles.map(({ nameTaken }) => nameTaken)).toEqual([true, true])
    await imported(text, null, [1, 0, 1])
    expect(store.list().map(({ name }) => name)).toEqual(['Shop', 'Shop', 'Shop (2)', 'Shop (3)'])
    await elsewhere()
    expect((await read(text)).profiles.map(({ nameTaken }) => nameTaken)).toEqual([false, true])
    expect(freeName('x'.repeat(80), new Set(['x'.repeat(80)]))).toBe(`${'x'.repeat(76)} (2)`)
    expect(freeName(`${'x'.repeat(75)}\u{1f600}abc`, new Set([`${'x'.repeat(75)}\u{1f600}abc`]))).toBe(
      `${'x'.repeat(75)} (2)`,
    )
  })

  it('saves all that was chosen or nothing', async () => {
    const text = await exported([(await store.save(draft({}))).id], null)
    await expect(imported(text, null, [0, 1])).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(store.list()).toHaveLength(1)
  })
})

describe('a hostile file', () => {
  const entry = (changes: object = {}) => {
    const { secrets: none, ...profile } = draft({})
    return { ...profile, secrets: Object.keys(none), ...changes }
  }
  const file = (...profiles: unknown[]) => JSON.stringify({ sluice: 'profiles', version: 1, profiles })

  it.each([
    ['no JSON', 'this is <no> JSON'],
    ['base64 of no JSON', Buffer.from('nothing').toString('base64')],
    ['nothing', ''],
    ['another file', '{"some":"thing"}'],
    ['an array of other things', '[1,null,{"a":1}]'],
    ['a later version', '{"sluice":"profiles","version":2,"profiles":[]}'],
    ['no profiles', '{"sluice":"profiles","version":1,"profiles":{}}'],
    [
      'a cost that nobody should pay',
      file().replace(
        '"version"',
        `"kdf":{"name":"scrypt","N":1073741824,"r":8,"p":1,"salt":"${'A'.repeat(24)}"},"check":"","version"`,
      ),
    ],
    ['a deep nest', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['a deep nest in a profile', file(entry({ tls: JSON.parse(`${'[{"a":'.repeat(20)}1${'}]'.repeat(20)}`) }))],
    ['too much', `[${'0,'.repeat(6 * 1024 * 1024)}0]`],
  ])('is refused when it is %s', async (_what, text) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^[^<>]+\.$/),
    })
  })

  it('is read with 10 MB in it', async () => {
    const profiles = Array.from({ length: 4000 }, (_, i) =>
      entry({ name: `P${i}`, tls: { ...usual.tls, ca: 'x'.repeat(1800) } }),
    )
    expect((await read(file(...profiles))).profiles).toHaveLength(4000)
  })

  it.each([
    ['an environment of its own', { environment: 'playground' }],
    ['no environment', { environment: undefined }],
    ['no word on whether it is read-only', { readOnly: undefined }],
    ['a URL of another kind', { url: 'http://shop' }],
    ['a line break in its user name', { url: 'redis://a%0Ab@shop' }],
    ['text that turns around in its user name', { url: 'redis://%E2%80%AEpohs@shop' }],
    [
      'text that turns around in an SSH host',
      { ssh: { host: 'x\u202ey', port: 22, username: 'a', login: 'agent', keyFile: '', jump: null } },
    ],
    [
      'a port that is none',
      { ssh: { host: 'x', port: 99_999, username: 'a', login: 'agent', keyFile: '', jump: null } },
    ],
    [
      'a list for a name of a master',
      { topology: { kind: 'sentinel', master: ['x'], others: [], username: null, tls: false } },
    ],
  ])('has a profile left out that has %s', async (_what, changes) => {
    const { profiles, problems } = await read(file(entry(changes), entry({ name: 'Good' })))
    expect(profiles.map(({ profile }) => profile.name)).toEqual(['Good'])
    expect(problems).toEqual([expect.stringMatching(/^Profile 1 \(Shop\) was left out: .+\.$/)])
  })

  it('has what is no profile left out', async () => {
    const { profiles, problems } = await read(file(null, [], 'x', 7, entry()))
    expect([profiles.length, problems.length]).toEqual([1, 4])
  })

  it('cannot give an id, be built in, or bring fields of its own', async () => {
    const old = await store.save(draft({ name: 'Mine' }))
    const text = file({
      ...entry(),
      id: old.id,
      builtIn: true,
      onOpen: 'rm -rf',
      tls: { ...usual.tls, pin: 1 },
    }).replace('"onOpen"', '"__proto__":{"readOnly":false,"polluted":true},"constructor":{},"on\\u202eOpen"')
    const { profiles } = await read(text)
    expect(profiles[0]?.notes).toEqual([
      'It has fields that Sluice does not know, and they were left out: tls.pin, id, builtIn, __proto__, constructor and 1 more.',
    ])
    const [taken] = await imported(text, null, [0])
    expect(taken).toEqual({ ...usualProfile, id: taken?.id, name: 'Shop', url: 'redis://shop:6379' })
    expect(taken?.id).not.toBe(old.id)
    expect(store.get(old.id)).toEqual(old)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it.each([
    ['turned \u202earound\u2066', 'turned around'],
    ['two\nlines\u0007', 'two lines'],
    [`${'long '.repeat(40)}end`, `${'long '.repeat(15)}long…`],
    ['\u{1f600}'.repeat(60), `${'\u{1f600}'.repeat(39)}…`],
    ['', 'Imported'],
    ['\u202e \n', 'Imported'],
    [12, 'Imported'],
  ])('has the name %j made to fit', async (name, fit) => {
    const { profiles } = await read(file(entry({ name })))
    expect(profiles[0]?.profile.name).toBe(fit)
    expect(fit.length).toBeLessThanOrEqual(80)
    await imported(file(entry({ name })), null, [0])
    expect(store.list()[0]?.name).toBe(fit)
  })

  it('tells of passwords that stand in it, and takes them to the secrets', async () => {
    const text = file(entry({ url: `redis://ops:${canary}@shop` }))
    const { profiles } = await read(text)
    expect(profiles[0]).toMatchObject({
      profile: { url: 'redis://ops@shop:6379' },
      secrets: ['password'],
      notes: [expect.stringMatching(/stood in the file/)],
    })
    const [taken] = await imported(text, null, [0])
    expect(await secrets.get(taken?.id ?? '', 'password')).toBe(canary)
  })

  it('never quotes what may be a password in a URL that it cannot read', async () => {
    const { problems } = await read(
      file(entry({ url: `redis://ops:${canary}@shop:port` }), entry({ url: `${canary}://x` })),
    )
    expect(problems).toHaveLength(2)
  })

  it('tells what makes a profile less safe than it looks', async () => {
    const ssh = { host: 'bastion', port: 22, username: 'a', login: 'keyFile', keyFile: '/home/me/.ssh/id', jump: null }
    const { profiles } = await read(file(entry({ tls: { ...usual.tls, verify: false }, ssh })))
    expect(profiles[0]?.notes).toEqual([
      expect.stringMatching(/takes any certificate/),
      'To log in at bastion it reads the key file /home/me/.ssh/id of this computer.',
    ])
    expect(await readdir(folder)).toEqual([])
  })

  it('keeps production production, and read-only read-only', async () => {
    const text = file(entry({ environment: 'production', readOnly: true }))
    expect((await imported(text, null, [0]))[0]).toMatchObject({ environment: 'production', readOnly: true })
  })
})
