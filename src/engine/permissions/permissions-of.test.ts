import { Worker } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { freeRun } from '../../../test/free-run.ts'
import { gate, poolConfig, produce } from '../../../test/library-pool.ts'
import { eventually, quick } from '../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { SluiceError } from '../../domain/errors.ts'
import type { Permissions, Role } from '../../domain/permission.ts'
import { poolDefaults } from '../../domain/pool.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Reader } from '../../systems/handles.ts'
import { systemOf, systems } from '../../systems/registry.ts'
import { fillCommands } from '../demo/demo.ts'
import { discoverOnce } from '../discovery/discover.ts'
import { messagingSettings } from '../pool/handlers/settings.ts'
import { createLibraryPool } from '../pool/libraries/library-pool.ts'
import { createPools } from '../pool/pools.ts'
import { readTick } from '../sampler/tick.ts'
import { commandsOf } from './commands-of-role.ts'
import { permissionsOf } from './permissions-of.ts'

let redis: TestRedis
const open: { close(): unknown }[] = []
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())
beforeEach(async () => {
  await redis.client.flushall()
  await redis.client.call('ACL', 'LOG', 'RESET')
})
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

const opened = <T extends { close(): unknown }>(each: T): T => {
  open.push(each)
  return each
}

/** Makes a user by a line as it is printed, and connects as that user. */
async function as(line: string): Promise<TestConnection> {
  const [, , name, ...rules] = line.replace('>PASSWORD', '>secret').split(' ')
  await redis.client.call('ACL', 'SETUSER', name as string, ...rules)
  const url = redis.url.replace('redis://', `redis://${name}@`)
  return opened(await openTestConnection({ url }, {}, 'secret'))
}

const own = async (): Promise<TestConnection> => opened(await openTestConnection(redis))

async function lineOf(role: Role): Promise<string> {
  const { roles } = await permissionsOf((await own()).reader, { readOnly: false })
  return roles.find((each) => each.role === role)?.acl ?? ''
}

async function fillAllSystems(): Promise<void> {
  for (const [name, ...args] of fillCommands(Date.now())) await redis.client.call(name, ...args)
}

/** All queues, found by the reader itself. */
async function queuesOf(reader: Reader): Promise<readonly QueueRef[]> {
  const budget = { ms: 10_000, keys: 100_000 }
  const { queues } = await discoverOnce(reader, systems, { queues: [], trackedPrefix: 'local_request:' }, budget)
  return queues
}

/** What Redis refused to anybody, as it noted it down: also what somebody did without. */
const refusals = async () => ((await redis.client.call('ACL', 'LOG')) as unknown[][]).map((entry) => entry[7])

const ables = ({ roles }: Permissions) => roles.filter(({ able }) => able).map(({ role }) => role)

describe('permissionsOf', () => {
  it('says that a user who may do everything may do everything', async () => {
    const permissions = await permissionsOf((await own()).reader, { readOnly: false })
    expect(permissions).toMatchObject({ user: 'default', lacks: [], problem: null })
    expect(ables(permissions)).toEqual(['viewer', 'operator', 'admin'])
  })

  it('costs 2 round trips and runs none of the commands it asks about', async () => {
    const { reader } = await own()
    await redis.client.set('0', 'a value')
    const trips = reader.trips
    await permissionsOf(reader, { readOnly: false })
    expect(reader.trips).toBe(trips + 2)
    expect(await redis.client.get('0')).toBe('a value')
    expect(await redis.client.dbsize()).toBe(1)
  })

  it.each(['viewer', 'operator', 'admin'] as const)(
    'says of a user made by the line for %s that it is one',
    async (role) => {
      const { reader } = await as(await lineOf(role))
      const permissions = await permissionsOf(reader, { readOnly: role === 'viewer' })
      expect(permissions).toMatchObject({ user: `sluice-${role}`, problem: null })
      expect(permissions.lacks.filter((sentence) => !sentence.startsWith('Workers of'))).toEqual([])
      const roles = ['viewer', 'operator', 'admin']
      expect(ables(permissions)).toEqual(roles.slice(0, roles.indexOf(role) + 1))
    },
  )

  it('names what is missing, and what will not work without it', async () => {
    const line = `${await lineOf('operator')} -lset -client|list -dump`
    const { reader } = await as(line)
    const permissions = await permissionsOf(reader, { readOnly: false })
    const [viewer, operator] = permissions.roles
    expect(viewer).toMatchObject({ able: false, missing: ['DUMP', 'CLIENT LIST'] })
    expect(operator).toMatchObject({ able: false, missing: ['DUMP', 'CLIENT LIST', 'LSET'] })
    expect(permissions.lacks).toEqual([
      'Workers of other programs are not shown (CLIENT LIST).',
      'The trash cannot be moved to this computer and back (DUMP, RESTORE, UNLINK).',
      'Workers of this computer cannot wait for jobs (BLMOVE).',
      'Workers of Bull and BullMQ cannot wait for jobs (BRPOPLPUSH, BZPOPMIN).',
      'Some actions would be refused half-way, with a part of them done: give the user all that is missing.',
    ])
  })

  it('sees that keys or channels are out of reach, and that keys are for reading alone', async () => {
    const some = await as('ACL SETUSER some reset on >PASSWORD ~queue:* &events:* +@all')
    const permissions = await permissionsOf(some.reader, { readOnly: false })
    expect(ables(permissions)).toEqual(['viewer', 'operator', 'admin'])
    expect(permissions.lacks).toEqual([
      'Not every key is in reach of this user: queues beyond are neither seen nor changed.',
      'Not every channel is in reach of this user: some events are not seen at once.',
    ])
    const looking = await as('ACL SETUSER looking reset on >PASSWORD %R~* &* +@all')
    const roles = (await permissionsOf(looking.reader, { readOnly: false })).roles
    expect(roles.map(({ able }) => able)).toEqual([true, false, false])
    expect(roles[1]?.missing).toContain('RPUSH')
  })

  it('says why nothing could be asked, and prints the lines all the same', async () => {
    const silent = await as('ACL SETUSER silent reset on >PASSWORD ~* &* +@all -acl')
    const permissions = await permissionsOf(silent.reader, { readOnly: false })
    expect(permissions).toMatchObject({ user: null, lacks: [], problem: expect.stringMatching(/does not tell/) })
    expect(permissions.roles.map(({ able, acl }) => [able, acl.slice(0, 22)])).toEqual([
      [false, 'ACL SETUSER sluice-vie'],
      [false, 'ACL SETUSER sluice-ope'],
      [false, 'ACL SETUSER sluice-adm'],
    ])
    const half = await as('ACL SETUSER half reset on >PASSWORD ~* &* +@all -acl +acl|whoami')
    expect(await permissionsOf(half.reader, { readOnly: false })).toMatchObject({
      ...{
        user: 'half',
        problem:
          'The user half may not ask what it may do: give it ACL DRYRUN, or ACL GETUSER and ACL CAT before Redis 7.',
      },
    })
  })

  it.each([
    ['+@all', []],
    ['-@all +@all -lset', ['LSET']],
    ['+@all -@dangerous +info +client|list +client|setname', ['RESTORE']],
    ['-@all +@read -dump +@connection', null],
  ])('reads the same out of the rules of an older server: %s', async (rules, missing) => {
    const { reader } = await as(`ACL SETUSER old reset on >PASSWORD ~* &* ${rules} +acl`)
    const asked = await permissionsOf(reader, { readOnly: false })
    const older: Reader = {
      call: reader.call,
      async pipeline(commands) {
        if (commands[0]?.[1] !== 'DRYRUN') return reader.pipeline(commands)
        return commands.map(() => new SluiceError('NO_PERMISSION', 'This Redis does not offer the command ACL.'))
      },
    }
    const read = await permissionsOf(older, { readOnly: false })
    expect(read.roles.map((role) => ({ ...role, missing: [...role.missing].sort() }))).toEqual(
      asked.roles.map((role) => ({ ...role, missing: [...role.missing].sort() })),
    )
    if (missing !== null) expect(read.roles[1]?.missing.filter((name) => name !== 'SORT')).toEqual(missing)
  })
})

describe('a user made by the line of its role', () => {
  it('viewer: sees everything of every system, and can change nothing', async () => {
    await fillAllSystems()
    const { reader } = await as(await lineOf('viewer'))
    const queues = await queuesOf(reader)
    expect(new Set(queues.map(({ system }) => system))).toEqual(new Set(systems.map(({ id }) => id)))
    const tick = await readTick(reader, systems, queues, { info: true, clients: true })
    expect(tick.readings.map(({ problem }) => problem).filter((problem) => problem !== null)).toEqual([])
    expect(tick).toMatchObject({ infoProblem: null, clientsProblem: null })
    let jobs = 0
    for (const queue of queues) {
      const system = systemOf(queue.system)
      for (const { id: state } of system.states) {
        const page = await system.page(reader, queue, state, { offset: 0, limit: 3 })
        const [first] = page.jobs
        if (first) expect(await system.job(reader, queue, state, first.ref, true)).not.toBeNull()
        for await (const step of system.scan(reader, queue, state, { chunk: 50, payloads: true }))
          jobs += step.jobs.length
        await system.freeze(reader, queue, state)
      }
      await system.schedules?.(reader, queue)
      await system.jobKeys?.(reader, queue, 3)
      await reader.pipeline(system.keysOf(queue).map(({ key }) => ['MEMORY', 'USAGE', key]))
    }
    expect(jobs).toBeGreaterThan(100)
    for (const system of systems) {
      const mine = queues.filter((queue) => queue.system === system.id)
      await system.workersInKeys?.(reader, mine, Date.now())
    }
    expect(await refusals()).toEqual([])

    const version = { major: 7, minor: 0 }
    const seen = new Set(commandsOf('viewer', version).map(({ name }) => name))
    const writes = commandsOf('admin', version).filter(({ name }) => !seen.has(name))
    const client = redis.client.duplicate({ username: 'sluice-viewer', password: 'secret' })
    for (const { name, args } of writes) {
      const [command = '', ...rest] = [...name.split('|'), ...Array(args).fill('0')]
      await expect(client.call(command, ...rest), name).rejects.toThrow(/NOPERM/)
    }
    const lua = `return redis.call('SET', KEYS[1], 'x')`
    await expect(client.eval(lua, 1, 'key')).rejects.toThrow(/NOPERM/)
    await expect(client.call('EVAL_RO', lua, '1', 'key')).rejects.toThrow()
    client.disconnect()
    expect(writes.length).toBeGreaterThan(40)
    expect(await redis.client.exists('key', '0')).toBe(0)
  })

  it('operator: retries, moves, edits, removes, purges and undoes in every system', async () => {
    const line = await lineOf('operator')
    let undone = 0
    await fillAllSystems()
    const connection = await as(line)
    const { reader } = connection
    const writer = connection.writer()
    let entries = 0
    const slot = () => ({ key: `sluice:trash:${++entries}`, ttlMs: 60_000 })
    for (const queue of await queuesOf(reader)) {
      const { states, write, undoes = [], id } = systemOf(queue.system)
      if (write === undefined) continue
      for (const { id: state, cannot } of states) {
        const page = async () =>
          (await systemOf(id).page(reader, queue, state, { offset: 0, limit: 2 })).jobs.map(({ ref }) => ref)
        const undo = async (trash: { key: string; ttlMs: number }, act: () => Promise<{ done: number }>) => {
          const { done } = await act().catch((error) => {
            if (error instanceof SluiceError && ['UNSUPPORTED', 'CHANGED', 'INVALID_INPUT'].includes(error.code))
              return { done: 0 }
            throw error
          })
          if (done === 0) return
          const restored = await write.restore?.(writer, queue, state, trash, freeRun)
          if (restored) undone += restored.done
        }
        const does = (action: 'retry' | 'remove' | 'purge' | 'promote') =>
          cannot[action] === undefined && write[action] !== undefined
        let refs = await page()
        if (refs.length > 0 && does('retry') && write.retry) {
          const trash = slot()
          const { retry } = write
          const act = () => retry(writer, queue, state, refs, 'keep', trash)
          if (undoes.includes('retry')) await undo(trash, act)
          else await act().catch(() => {})
        }
        refs = await page()
        if (refs.length > 0 && does('remove') && write.remove) {
          const trash = slot()
          const { remove } = write
          await undo(trash, () => remove(writer, queue, state, refs, trash))
        }
        if (does('purge') && write.purge) {
          const trash = slot()
          const { purge } = write
          const frozen = await systemOf(id).freeze(reader, queue, state)
          if (frozen.count > 0) await undo(trash, () => purge(writer, queue, state, frozen, trash, freeRun))
        }
      }
    }
    expect(undone).toBeGreaterThan(50)
    expect(await refusals()).toEqual([])
  })

  it('admin: runs our own workers, those of Bull and of BullMQ', async () => {
    const connection = await as(await lineOf('admin'))
    await redis.client.rpush('queue:email', JSON.stringify({ id: '1', to: 'a@example.com', type: 'welcome', data: {} }))
    const pools = createPools({
      getConnection: () => connection,
      settings: messagingSettings({}),
      startProcesses: () => {
        throw new Error('not asked for')
      },
      timing: quick,
    })
    open.push({ close: () => pools.close(0) })
    const base = { ...poolDefaults, connectionId: 'test', system: 'plain-list' as const, queuePrefix: 'queue:' }
    await pools.start({ ...base, queueName: 'email', handler: 'email', scale: { by: 'fixed', count: 1 } })
    await eventually('our own worker did the job', () => pools.messages(null).length === 1, 8000)
    for (const library of ['bull', 'bullmq 6'] as const) {
      const producer = opened(await produce(library, redis.port, library))
      const done = gate()
      const pool = createLibraryPool({
        ...{ connection, config: poolConfig(library, library), log: () => {} },
        handler: async () => {
          done.open()
          return '"done"'
        },
        onChange: () => {},
      })
      open.push({ close: () => pool.stop(0) })
      await pool.start()
      const id = await producer.add('job', { a: 1 })
      await done.opened
      await eventually(`${library} did the job`, async () => (await producer.see(id)).state === 'completed', 8000)
    }
    const worker = new Worker('other', async () => 'done', {
      connection: { host: '127.0.0.1', port: redis.port, username: 'sluice-admin', password: 'secret' },
    })
    const problems: Error[] = []
    worker.on('error', (error) => problems.push(error))
    opened(worker)
    await worker.waitUntilReady()
    expect(problems).toEqual([])
    expect(await refusals()).toEqual([])
  })
})
