import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort, startRedis, type TestRedis } from '../../../test/redis.ts'
import { usualDraft } from '../../domain/profile.ts'
import { systems } from '../../systems/registry.ts'
import { type Connections, createConnections } from '../connections/connections.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import { createOperatorTools } from '../operator-tools.ts'
import { openProfileStore } from '../profiles/profile-store.ts'
import { memorySecretStore } from '../profiles/secret-store.ts'
import { createSampler, type Sampler } from '../sampler/sampler.ts'
import { openHostKeys } from '../ssh/host-keys.ts'
import { createSshTunnels } from '../ssh/ssh-tunnels.ts'
import { type ApiAccess, ApiSwitch, apiFromStart } from './api-switch.ts'

let redis: TestRedis
let folder: string
let journal: Journal
let connections: Connections
let connectionId: string
let sampler: Sampler
let api: ApiSwitch

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())
beforeEach(async () => {
  await redis.client.flushall()
  folder = mkdtempSync(join(tmpdir(), 'sluice-api-switch-'))
  const secrets = memorySecretStore()
  const profiles = await openProfileStore({ folder, secrets })
  journal = await openJournal(join(folder, 'journal'))
  connections = createConnections({
    ...{ profiles, secrets, journal, folder },
    ssh: createSshTunnels({ hostKeys: await openHostKeys({ folder }) }),
  })
  sampler = createSampler({ connections, systems })
  const { operations } = await createOperatorTools({
    ...{ dataFolder: folder, secrets, journal, connections },
    queues: () => [],
    facts: () => null,
  })
  api = new ApiSwitch({ connections, sampler, operations })
  const { id } = await profiles.save({
    ...{ ...usualDraft, name: 'Shop', url: redis.url, environment: 'staging' },
  })
  connectionId = id
  await connections.open(id)
})
afterEach(async () => {
  await api.stop()
  await sampler.close()
  await connections.closeAll()
  await journal.close()
  rmSync(folder, { recursive: true, force: true })
})

const off = { address: null, token: null, connectionId: null }
const start = (how: { port?: number; token?: string; origins?: string[] } = {}) =>
  api.start({ connectionId, port: 0, origins: [], ...how })

async function stats({ address }: ApiAccess, token: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${address}/api/queues/stats`, { headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, body: await response.json() }
}
const health = async ({ address }: ApiAccess) => {
  const response = await fetch(`${address}/health`)
  return { status: response.status, body: await response.json() }
}

describe('the HTTP API of the desktop', () => {
  it('is off until it is started, then answers for one connection, and says where', async () => {
    expect(api.status()).toEqual(off)
    await redis.client.rpush('queue:email', '{"id":1}')
    const access = await start()
    expect(access.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(api.status()).toEqual({ ...access, connectionId })
    expect(await stats(access, access.token)).toEqual({
      status: 200,
      body: { email: { pending: 1, processing: 0, dead_letter: 0 } },
    })
  })

  it('makes a token of its own each time, or takes the one that it is given', async () => {
    const first = await start()
    expect(first.token.length).toBeGreaterThanOrEqual(32)
    await api.stop()
    const second = await start()
    expect(second.token).not.toBe(first.token)
    expect(await stats(second, first.token)).toMatchObject({ status: 401 })
    await api.stop()
    const third = await start({ token: 'the-same-from-start-to-start' })
    expect(third.token).toBe('the-same-from-start-to-start')
    expect(await stats(third, third.token)).toMatchObject({ status: 200 })
  })

  it('is refused a second time, and goes on as it was', async () => {
    const access = await start()
    await expect(start()).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('on already') })
    expect(api.status()).toEqual({ ...access, connectionId })
    expect(await stats(access, access.token)).toMatchObject({ status: 200 })
  })

  it('starts once, also when it is asked for twice at a time', async () => {
    const results = await Promise.allSettled([start(), start()])
    const started = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
    expect(results).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: { code: 'UNSUPPORTED' } }])
    await api.stop()
    for (const { address } of started) await expect(fetch(`${address}/health`)).rejects.toThrow()
  })

  it('stays off when it was stopped while it started', async () => {
    const port = await freePort()
    const starting = start({ port })
    await api.stop()
    await starting.catch(() => {})
    expect(api.status()).toEqual(off)
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow()
  })

  it('needs an open connection, a free port and origins that are some, and can be tried again', async () => {
    await expect(api.start({ connectionId: 'nobody', port: 0, origins: [] })).rejects.toMatchObject({
      code: 'NOT_OPEN',
    })
    await expect(start({ origins: ['no origin'] })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    await expect(start({ port })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(`${port}`),
    })
    expect(api.status()).toEqual(off)
    other.close()
    await once(other, 'close')
    expect(await start({ port })).toMatchObject({ address: `http://127.0.0.1:${port}` })
  })

  it('says that it cannot answer while its connection is closed, and goes on when that is open again', async () => {
    await redis.client.rpush('queue:email', '{"id":1}')
    const access = await start()
    await connections.close(connectionId)
    expect(await health(access)).toMatchObject({ status: 503, body: { status: 'down', problem: expect.any(String) } })
    expect(await stats(access, access.token)).toMatchObject({ status: 503 })
    expect(api.status()).toEqual({ ...access, connectionId })
    await connections.open(connectionId)
    expect(await health(access)).toMatchObject({ status: 200 })
    expect(await stats(access, access.token)).toMatchObject({ status: 200 })
  })

  it('frees its port when it stops, and cuts who is still there', async () => {
    const access = await start()
    const port = Number(new URL(access.address).port)
    await health(access) // which keeps its connection
    await api.stop()
    await api.stop()
    expect(api.status()).toEqual(off)
    await expect(health(access)).rejects.toThrow()
    const other = createServer().listen(port, '127.0.0.1')
    await once(other, 'listening')
    other.close()
    await once(other, 'close')
  })
})

describe('how it starts with the app', () => {
  it('has the token of SLUICE_API_TOKEN, where that is set', () => {
    expect(apiFromStart(4100, {})).toEqual({ port: 4100 })
    expect(apiFromStart(0, { SLUICE_API_TOKEN: '' })).toEqual({ port: 0 })
    const token = 'x'.repeat(20)
    expect(apiFromStart(4100, { SLUICE_API_TOKEN: token })).toEqual({ port: 4100, token })
  })

  it('refuses a token that can be guessed, without telling it', () => {
    const short = () => apiFromStart(4100, { SLUICE_API_TOKEN: 'canary-7f3a-canary-' })
    expect(short).toThrow('SLUICE_API_TOKEN needs 20 characters at least.')
    expect(short).not.toThrow('canary')
  })

  it('refuses a token that no caller could send, and what is no port', () => {
    for (const token of ['twenty characters with spaces', 'twenty-characters-ümlaut', 'twenty-characters-and-\n']) {
      expect(() => apiFromStart(4100, { SLUICE_API_TOKEN: token })).toThrow('no spaces')
    }
    for (const port of [Number('four'), -1, 65_536, 41.5]) {
      expect(() => apiFromStart(port, {})).toThrow('from 0 to 65535')
    }
  })
})
