import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { startSshServer } from '../../../test/servers/ssh-server.ts'
import { SluiceError } from '../../domain/errors.ts'
import { type ConnectionStatus, type ProfileDraft, usualProfile } from '../../domain/profile.ts'
import { parseRedisUrl } from '../../domain/redis-url.ts'
import type { VaultState } from '../../domain/vault.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import { localProfile, localProfileId } from '../profiles/local-profile.ts'
import { openProfileStore, type ProfileStore } from '../profiles/profile-store.ts'
import { memorySecretStore, type SecretStore } from '../profiles/secret-store.ts'
import { openLink } from '../redis/link.ts'
import { fingerprintOf, openHostKeys } from '../ssh/host-keys.ts'
import { createSshTunnels } from '../ssh/ssh-tunnels.ts'
import { type Connections, type ConnectionsOptions, createConnections } from './connections.ts'

let redis: TestRedis
let folder: string
let profiles: ProfileStore
let secrets: SecretStore
let journal: Journal
const started: Connections[] = []
/** No profile here goes through SSH, but where a test brings its own. */
const ssh = createSshTunnels({
  hostKeys: { check: refuse, types: refuse, trust: refuse, forget: refuse, list: () => [], notice: null },
})
async function refuse(): Promise<never> {
  throw new SluiceError('INTERNAL')
}

beforeAll(async () => {
  redis = await startRedis()
  await redis.client.acl('SETUSER', 'ops', 'on', '>right', '~*', '&*', '+@all')
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-connections-'))
  secrets = memorySecretStore()
  profiles = await openProfileStore({ folder, secrets })
  journal = await openJournal(join(folder, 'journal'))
})
afterEach(async () => {
  for (const connections of started.splice(0)) await connections.closeAll()
  await journal.close()
  await rm(folder, { recursive: true, force: true })
})
afterAll(() => redis.stop())

function start(options: Partial<ConnectionsOptions> = {}): Connections {
  const connections = createConnections({ profiles, secrets, ssh, journal, folder, ...options })
  started.push(connections)
  return connections
}

const { builtIn: _builtIn, ...usual } = usualProfile
const draftDefaults = { ...usual, secrets: {} }

async function save(changes: Partial<ProfileDraft> = {}): Promise<string> {
  const draft: ProfileDraft = {
    name: 'Shop',
    url: redis.url,
    ...draftDefaults,
    environment: 'staging',
    ...changes,
  }
  return (await profiles.save(draft)).id
}

const code = (work: () => unknown) =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'no error',
      (error: unknown) => (error instanceof SluiceError ? error.code : error),
    )

describe('connections', () => {
  it('opens a profile once, however often it is asked to, and closes it', async () => {
    const id = await save()
    const connections = start()
    expect(connections.statuses()).toEqual([expect.objectContaining({ connectionId: id, status: 'closed' })])
    const [first, second] = await Promise.all([connections.open(id), connections.open(id)])
    expect(first).toMatchObject({ connectionId: id, status: 'ready', writable: true })
    expect(second.status).toBe('ready')
    expect(connections.list()).toEqual([connections.get(id)])
    expect(await connections.get(id).reader.call('PING')).toEqual(Buffer.from('PONG'))
    const before = Date.now()
    const closed = await connections.close(id)
    expect(closed).toMatchObject({ status: 'closed', writable: false })
    expect(closed.since).toBeGreaterThanOrEqual(before)
    expect(connections.list()).toEqual([])
    expect(await code(() => connections.get(id))).toBe('NOT_OPEN')
    expect(await code(() => connections.open('nobody'))).toBe('NOT_FOUND')
  })

  it('keeps several open at once', async () => {
    const ids = [await save({ name: 'A' }), await save({ name: 'B', url: `${redis.url}/1` })]
    const connections = start()
    await Promise.all(ids.map((id) => connections.open(id)))
    await connections
      .get(ids[1] ?? '')
      .writer()
      .call('SET', 'only', 'in 1')
    expect(await connections.get(ids[0] ?? '').reader.call('EXISTS', 'only')).toBe(0)
    expect(connections.statuses().map(({ status }) => status)).toEqual(['ready', 'ready'])
  })

  it('says what is wrong when it cannot reach one, and does not throw', async () => {
    const id = await save({ url: 'redis://nowhere.invalid' })
    expect(await start().open(id)).toMatchObject({
      status: 'reconnecting',
      problem: expect.stringMatching(/resolved|name server/),
    })
  })

  it('needs the password to be known, says what would mend it, and uses it as soon as it is', async () => {
    const id = await save({ url: redis.url.replace('//', '//ops@'), secrets: { password: 'right' } })
    await secrets.deleteAll(id)
    const connections = start()
    const remedy = { kind: 'secret', secret: 'password' }
    expect(await connections.open(id)).toMatchObject({ status: 'failed', code: 'SECRET_MISSING', remedy, servers: [] })
    expect(await connections.retry(id)).toMatchObject({ status: 'failed', code: 'SECRET_MISSING', remedy })
    await secrets.set(id, 'password', 'wrong', { keep: true })
    expect(await connections.retry(id)).toMatchObject({ status: 'failed', code: 'AUTH_FAILED', remedy })
    await secrets.set(id, 'password', 'right', { keep: true })
    expect(await connections.retry(id)).toMatchObject({ status: 'ready', code: null, remedy: null })
    expect(connections.statuses()[0]?.servers).toEqual([`127.0.0.1:${redis.port}`])
    expect(await connections.retry(id)).toMatchObject({ status: 'ready' })
    await connections.close(id)
    expect(await code(() => connections.retry(id))).toBe('NOT_OPEN')
  })

  it('tries again by itself when the vault was opened', async () => {
    const id = await save({ url: redis.url.replace('//', '//ops@'), secrets: { password: 'right' } })
    let locked = true
    let tell = (_state: VaultState) => {}
    const vaulted: SecretStore = {
      ...secrets,
      async get(profileId, name) {
        if (locked) throw new SluiceError('VAULT_LOCKED', undefined, { kind: 'vault' })
        return secrets.get(profileId, name)
      },
      onChange(listener) {
        tell = listener
        return () => {}
      },
    }
    const connections = start({ secrets: vaulted })
    expect(await connections.open(id)).toMatchObject({
      status: 'failed',
      code: 'VAULT_LOCKED',
      remedy: { kind: 'vault' },
    })
    const opened = new Promise<void>((resolve) => {
      connections.get(id).onStatus(({ status }) => status === 'ready' && resolve())
    })
    tell({ kind: 'vault', locked: true })
    expect(connections.get(id).status().status).toBe('failed')
    locked = false
    tell({ kind: 'vault', locked: false })
    await opened
  })

  it('leads programs that connect by themselves behind SSH too, until the profile is closed', async () => {
    const gate = await startSshServer()
    const hostKeys = await openHostKeys({ folder, knownHosts: join(folder, 'known_hosts') })
    const { host, port } = gate.host
    await hostKeys.trust({ host, port, type: 'ssh-ed25519', fingerprint: fingerprintOf(gate.hostKey) })
    const through = createSshTunnels({ hostKeys })
    const secrets = { password: 'right', ssh: 'any' }
    const url = redis.url.replace('redis://', 'redis://ops@')
    const id = await save({ url: `${url}/2`, ssh: { ...gate.host, jump: null }, secrets })
    const connections = start({ ssh: through })
    expect(await connections.open(id)).toMatchObject({ status: 'ready' })
    const [first = '', second] = [await connections.urlOf(id), await connections.urlOf(id)]
    expect(first).toMatch(/^redis:\/\/ops:right@127\.0\.0\.1:\d+\/2$/)
    expect(first).not.toContain(String(redis.port))
    expect(second).toBe(first)
    const { address, password } = parseRedisUrl(first)
    const link = await openLink({ address, password }, 'read')
    await connections.close(id)
    await link.lost
    await expect(openLink({ address, password }, 'read')).rejects.toMatchObject({ code: 'CONNECTION_REFUSED' })
    await gate.close()
  })

  it('tells its readers every change, whole', async () => {
    const id = await save()
    const connections = start()
    const stop = new AbortController()
    const seen: ConnectionStatus['status'][] = []
    const reading = (async () => {
      for await (const statuses of connections.feed.read(stop.signal, connections.statuses)) {
        expect(statuses).toHaveLength(1)
        const [{ status } = { status: 'closed' as const }] = statuses
        if (seen.at(-1) !== status) seen.push(status)
        if (status === 'ready') void connections.close(id)
        if (status === 'closed' && seen.length > 1) return
      }
    })()
    void connections.open(id)
    await reading
    expect(seen).toContain('ready')
    expect(seen.at(-1)).toBe('closed')
  })

  it('calls back for each that opens and closes', async () => {
    const id = await save()
    const connections = start()
    const log: string[] = []
    const stop = connections.onOpen((connection) => log.push(`open ${connection.id}`))
    connections.onClose((connection) => log.push(`close ${connection.id}`))
    await connections.open(id)
    await connections.close(id)
    stop()
    await connections.open(id)
    expect(log).toEqual([`open ${id}`, `close ${id}`])
  })
})

describe('a profile that changes while it is open', () => {
  it('keeps its sockets when only its looks changed', async () => {
    const id = await save()
    const connections = start()
    await connections.open(id)
    const connection = connections.get(id)
    await save({ id, name: 'Renamed', readOnly: true })
    expect(connections.get(id)).toBe(connection)
    expect(connection.profile.name).toBe('Renamed')
    expect(connection.status()).toMatchObject({ status: 'ready', writable: false })
  })

  it('opens anew when its address changed', async () => {
    const id = await save()
    const connections = start()
    await connections.open(id)
    const connection = connections.get(id)
    await save({ id, url: `${redis.url}/2` })
    expect(connections.get(id)).not.toBe(connection)
    expect(connection.status().status).toBe('closed')
    expect(await connections.open(id)).toMatchObject({ status: 'ready' })
  })

  it('closes when it is removed', async () => {
    const id = await save()
    const connections = start()
    await connections.open(id)
    const connection = connections.get(id)
    await profiles.remove(id)
    expect(connection.status().status).toBe('closed')
    expect(connections.statuses()).toEqual([])
  })
})

describe('unlocking production', () => {
  async function production(name = 'Café production') {
    const id = await save({ name, environment: 'production' })
    const connections = start()
    await connections.open(id)
    return { id, connections }
  }

  it('opens read-only, and writes for as long as was asked when the name was typed', async () => {
    const { id, connections } = await production()
    expect(connections.get(id).status()).toMatchObject({ writable: false })
    expect(await code(() => connections.get(id).writer())).toBe('READ_ONLY')
    const before = Date.now()
    const status = await connections.unlock(id, 'Cafe\u0301 production', 15, ' Ticket 4711 ') // typed in another normal form
    expect(status.writable).toBe(true)
    expect(status.unlockedUntil).toBeGreaterThanOrEqual(before + 15 * 60_000)
    expect(status.unlockedUntil).toBeLessThan(before + 16 * 60_000)
    await connections.get(id).writer().call('SET', 'key', 'value')
    expect(connections.lock(id)).toMatchObject({ writable: false, unlockedUntil: null })
    expect(await code(() => connections.get(id).writer())).toBe('READ_ONLY')
  })

  it.each(['', 'café production', 'Café production ', 'Cafe production', 'Caféproduction'])(
    'does not take %j for the name',
    async (typed) => {
      const { id, connections } = await production()
      expect(await code(() => connections.unlock(id, typed, 15, 'why'))).toBe('CONFIRMATION_NEEDED')
      expect(connections.get(id).status().writable).toBe(false)
      expect(journal.list(10)).toEqual([])
    },
  )

  it('writes down who unlocked it for how long, and why', async () => {
    const { id, connections } = await production()
    await connections.unlock(id, 'Café production', 15, ' Ticket 4711 ')
    expect(journal.list(10)).toEqual([
      expect.objectContaining({
        ...{ connectionId: id, profileName: 'Café production', environment: 'production', action: 'unlock' },
        ...{ summary: 'Unlocked for 15 minutes', reason: 'Ticket 4711', undo: 'The unlock ends by itself.' },
      }),
    ])
    expect(await code(() => connections.unlock(id, 'Café production', 1, ' '))).toBe('INVALID_INPUT')
    expect(journal.list(10)).toHaveLength(1)
  })

  it('unlocks nothing that cannot be written down, nor what was closed meanwhile', async () => {
    const { id, connections } = await production()
    await journal.close() // every write fails from here on
    expect(await code(() => connections.unlock(id, 'Café production', 15, 'why'))).toBe('DISK_FAILED')
    expect(connections.get(id).status().writable).toBe(false)
    let written = (_entry: string) => {}
    let tell = () => {}
    const asked = new Promise<void>((resolve) => (tell = resolve))
    const begin = () => {
      tell()
      return new Promise<string>((resolve) => (written = resolve))
    }
    const others = start({ journal: { begin, end: async () => {} } })
    await others.open(id)
    const unlocking = code(() => others.unlock(id, 'Café production', 15, 'why'))
    await asked
    await others.close(id)
    await others.open(id)
    written('entry')
    expect(await unlocking).toBe('NOT_OPEN')
    expect(others.get(id).status().writable).toBe(false)
  })

  it.each([0, -1, 121, 1.5, Number.NaN])('lasts no %d minutes', async (minutes) => {
    const { id, connections } = await production()
    expect(await code(() => connections.unlock(id, 'Café production', minutes, 'why'))).toBe('INVALID_INPUT')
  })

  it('is not for read-only profiles, nor for closed ones', async () => {
    const { id, connections } = await production()
    await save({ id, name: 'P', environment: 'production', readOnly: true })
    expect(await code(() => connections.unlock(id, 'P', 5, 'why'))).toBe('READ_ONLY')
    await connections.close(id)
    expect(await code(() => connections.unlock(id, 'P', 5, 'why'))).toBe('NOT_OPEN')
    expect(await code(() => connections.lock(id))).toBe('NOT_OPEN')
  })

  it('is over when the connection is closed', async () => {
    const { id, connections } = await production()
    await connections.unlock(id, 'Café production', 15, 'why')
    await connections.close(id)
    expect(await connections.open(id)).toMatchObject({ writable: false, unlockedUntil: null })
  })
})

describe('the next start', () => {
  it('opens what was open, and not what was closed or removed', async () => {
    const ids = [await save({ name: 'A' }), await save({ name: 'B' }), await save({ name: 'C' })]
    const before = start()
    for (const id of ids) await before.open(id)
    await before.close(ids[1] ?? '')
    await before.closeAll()
    expect(before.list()).toEqual([])
    await profiles.remove(ids[2] ?? '')

    const after = start()
    await after.reopen()
    expect(after.list().map(({ id }) => id)).toEqual([ids[0]])
  })

  it('opens the built-in server the first time, and leaves it closed once it was closed', async () => {
    const builtIn = {
      profile: localProfile(redis.url.replace('//', '//ops@')),
      password: 'right',
    }
    const first = start({ builtIn })
    await first.reopen()
    expect(first.list().map(({ id }) => id)).toEqual([localProfileId])
    expect(await first.open(localProfileId)).toMatchObject({ status: 'ready' })
    expect(first.statuses().map(({ connectionId }) => connectionId)).toEqual([localProfileId])
    await first.close(localProfileId)
    const second = start({ builtIn })
    await second.reopen()
    expect(second.list()).toEqual([])
  })

  it('is not held up by a profile whose URL was spoilt by hand', async () => {
    const ids = [await save({ name: 'Spoilt' }), await save({ name: 'Good' })]
    const before = start()
    for (const id of ids) await before.open(id)
    await before.closeAll()
    const file = join(folder, 'profiles.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace(redis.url, 'nonsense'))
    const warnings: string[] = []
    profiles = await openProfileStore({ folder, secrets })
    const after = start({ warn: (sentence) => warnings.push(sentence) })
    await after.reopen()
    expect(after.list().map(({ id }) => id)).toEqual([ids[1]])
    expect(warnings).toEqual([expect.stringContaining('Spoilt could not be opened')])
  })

  it('goes on without a damaged memory, and says so', async () => {
    await writeFile(join(folder, 'open.json'), '[')
    const warnings: string[] = []
    const connections = start({ warn: (sentence) => warnings.push(sentence) })
    await connections.reopen()
    expect(connections.list()).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('damaged')])
  })

  it('opens a profile even when that cannot be remembered, and says so', async () => {
    const id = await save()
    await mkdir(join(folder, 'open.json', 'in the way'), { recursive: true })
    const warnings: string[] = []
    const connections = start({ warn: (sentence) => warnings.push(sentence) })
    expect(await connections.open(id)).toMatchObject({ status: 'ready' })
    expect(warnings).toEqual([expect.stringContaining('open.json could not be written')])
  })
})
