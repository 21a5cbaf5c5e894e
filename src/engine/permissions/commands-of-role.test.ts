import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { Role } from '../../domain/permission.ts'
import { isRead } from '../redis/read-commands.ts'
import { commandsAdded, commandsOf } from './commands-of-role.ts'

const version = { major: 7, minor: 2 }
let redis: TestRedis
/** The commands that a server has. */
let known: Set<string>
beforeAll(async () => {
  redis = await startRedis()
  known = new Set(((await redis.client.call('COMMAND', 'LIST')) as string[]).map((name) => name.toUpperCase()))
})
afterAll(() => redis.stop())

const sourceFolder = join(import.meta.dirname, '..', '..')

/** The text of all sources of a folder but tests. */
function sources(...folders: string[]): { file: string; text: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(join(sourceFolder, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => ({ file: join(folder, name), text: readFileSync(join(sourceFolder, folder, name), 'utf8') })),
  )
}

/** Words in quotes that are commands, in the text of scripts and in TypeScript alike; with subcommands where those stand behind them. */
function commandsIn(text: string): string[] {
  const found: string[] = []
  for (const [, name = '', next] of text.matchAll(/['"]([A-Z_]{3,})['"](?:,\s*['"]([A-Z]{2,})['"])?/g)) {
    if (!known.has(name)) continue
    found.push(containers.has(name) && next !== undefined ? `${name}|${next}` : name)
    if (next !== undefined && !containers.has(name) && known.has(next)) found.push(next)
  }
  return found
}
const containers = new Set(['ACL', 'CLIENT', 'CLUSTER', 'CONFIG', 'MEMORY', 'OBJECT', 'SCRIPT', 'XINFO'])

/** Sources that hold words which are commands and are not sent by the user of a profile. */
const apart = [
  /engine\/(local-redis|demo|permissions)\//, // the private server, whose user may do everything
  /systems\/conformance\//, // tests
  /engine\/redis\/((read|write)-commands|cluster\/keys-of-command)\.ts$/, // lists of what may be sent
  /engine\/profiles\/inspect-server\.ts$/, // a DRYRUN of RPUSH
  /engine\/redis\/keep-open\.ts$/,
]

/** Words that are commands by chance, or are sent only where that may be refused. */
const byChance: Readonly<Record<string, string>> = {
  COMMAND: 'part of a sentence',
  'CLUSTER|KEYSLOT': 'asked only by tests',
  CLUSTER: 'the part of INFO',
  ROLE: 'asked of a master that Sentinels name, and done without where it is refused',
}

/** The roles that have a command. */
const has = (role: Role, name: string) =>
  commandsOf(role, { ...version, cluster: true }).some(
    (command) => command.name === name || command.name.startsWith(`${name}|`),
  )

function missing(role: Role, ...folders: string[]): string[] {
  const found = new Map<string, string>()
  for (const { file, text } of sources(...folders)) {
    if (apart.some((pattern) => pattern.test(file))) continue
    for (const name of commandsIn(text)) {
      const [command = '', sub = ''] = name.split('|')
      // Workers of this computer also read what only they have use for.
      const of = isRead([command, sub]) && !/engine.pool/.test(file) ? 'viewer' : role
      if (!has(of, name) && byChance[name] === undefined) found.set(`${of}: ${name}`, file)
    }
  }
  return [...found].map(([name, file]) => `${name} (${file})`)
}

/** The commands that the scripts of a library call. */
function calledIn(folder: string): Set<string> {
  const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|lua)$/.test(name))
  const text = scripts.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
  return new Set(Array.from(text.matchAll(/call\(\s*\\?['"](\w+)/g), ([, name = '']) => name.toUpperCase()))
}

describe('the commands of the roles', () => {
  it('hold all that Sluice sends, and that its scripts call', () => {
    expect(missing('operator', 'systems', 'engine/operations', 'engine/transfers', 'engine/trash')).toEqual([])
    expect(missing('operator', 'engine/requests', 'engine/redis', 'engine/sampler', 'engine/discovery')).toEqual([])
    expect(
      missing('viewer', 'engine/search', 'engine/failures', 'engine/memory', 'engine/workers', 'engine/live'),
    ).toEqual([])
    expect(missing('admin', 'engine')).toEqual([])
  })

  it.each(['bullmq/dist/cjs/scripts', 'bull/lib/scripts'])('hold all that the scripts of %s call', (folder) => {
    const path = join(sourceFolder, '..', 'node_modules', folder)
    expect(existsSync(path)).toBe(true)
    const called = calledIn(path)
    expect(called.size).toBeGreaterThan(20)
    expect([...called].filter((name) => known.has(name) && !has('admin', name))).toEqual([])
  })

  it('let a viewer send reads alone', () => {
    const connecting = ['SELECT', 'PSUBSCRIBE', 'PUNSUBSCRIBE', 'CLIENT|SETNAME']
    const writes = commandsAdded('viewer', version).filter(({ name }) => {
      const [command = '', sub = ''] = name.split('|')
      return !isRead([command, sub]) && !connecting.includes(name)
    })
    expect(writes).toEqual([])
  })

  it('let nobody send what harms a server', () => {
    const harmful =
      'FLUSHALL FLUSHDB SHUTDOWN DEBUG CONFIG KEYS MONITOR MODULE REPLICAOF MIGRATE SWAPDB SAVE FUNCTION'.split(' ')
    for (const name of harmful) expect(has('admin', name), name).toBe(false)
    expect(commandsOf('admin', version).map(({ name }) => name)).not.toContain('SCRIPT|FLUSH')
    expect(commandsOf('admin', version).map(({ name }) => name)).not.toContain('CLIENT|KILL')
  })

  it('name each command once, with a number of arguments that Redis takes', async () => {
    const own = commandsOf('admin', { major: 7, minor: 0, cluster: true })
    expect(new Set(own.map(({ name }) => name)).size).toBe(own.length)
    for (const { name, args } of own) {
      const asked = ['DRYRUN', 'default', ...name.split('|'), ...Array(args).fill('0')]
      expect(await redis.client.call('ACL', ...asked).catch(String), name).toBe('OK')
    }
  })

  it('leave out what an older Redis does not know', () => {
    const old = commandsOf('viewer', { major: 6, minor: 2 }).map(({ name }) => name)
    expect(old).not.toContain('EVAL_RO')
    expect(old).not.toContain('ACL|DRYRUN')
    expect(old).toContain('EVAL')
    expect(commandsOf('viewer', version).map(({ name }) => name)).not.toContain('EVAL')
  })
})
