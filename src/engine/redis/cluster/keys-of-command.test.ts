import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { Command } from '../../../systems/handles.ts'
import { commandsOf } from '../../permissions/commands-of-role.ts'
import { keysOfCommand } from './keys-of-command.ts'
import { inOneSlot, slotOf } from './slot.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis('--cluster-enabled', 'yes')
})
afterAll(() => redis.stop())

/** Arguments for commands that take more than keys and any words. */
const withArguments: readonly Command[] = [
  ...([
    ['EVAL', 'return 1', 2, 'k1', 'k2', 'arg'],
    ['EVALSHA', 'x', 1, 'k1', 'arg'],
  ] as const),
  ...([
    ['EVAL_RO', 'return 1', 0, 'arg'],
    ['EVALSHA_RO', 'x', 1, 'k1'],
  ] as const),
  ...([
    ['MGET', 'k1', 'k2'],
    ['EXISTS', 'k1', 'k2'],
    ['DEL', 'k1', 'k2'],
    ['UNLINK', 'k1', 'k2'],
  ] as const),
  ...([
    ['BLPOP', 'k1', 'k2', 1],
    ['BRPOP', 'k1', 1],
    ['BZPOPMIN', 'k1', 'k2', 1],
  ] as const),
  ...([
    ['BLMOVE', 'k1', 'k2', 'LEFT', 'RIGHT', 1],
    ['LMOVE', 'k1', 'k2', 'LEFT', 'RIGHT'],
  ] as const),
  ...([
    ['RPOPLPUSH', 'k1', 'k2'],
    ['BRPOPLPUSH', 'k1', 'k2', 1],
    ['RENAME', 'k1', 'k2'],
  ] as const),
  ...([
    ['SINTER', 'k1', 'k2'],
    ['SUNION', 'k1', 'k2'],
    ['SDIFF', 'k1', 'k2'],
    ['SINTERCARD', 2, 'k1', 'k2'],
  ] as const),
  ...([
    ['LCS', 'k1', 'k2'],
    ['SORT_RO', 'k1'],
    ['MEMORY', 'USAGE', 'k1', 'SAMPLES', 5],
  ] as const),
  ...([
    ['OBJECT', 'ENCODING', 'k1'],
    ['XINFO', 'STREAM', 'k1'],
    ['SET', Buffer.from('k1'), 'v', 'PX', 5],
  ] as const),
]

/** The keys of a command, as Redis itself tells them. */
async function byRedis(command: Command): Promise<string[]> {
  try {
    return (await redis.client.call('COMMAND', 'GETKEYS', ...command)) as string[]
  } catch (error) {
    if (/no key arguments/.test(String(error))) return []
    throw error
  }
}

describe('the keys of a command', () => {
  it('are those that Redis sees', async () => {
    for (const command of withArguments) {
      expect(keysOfCommand(command).map(String), command.join(' ')).toEqual(await byRedis(command))
    }
  })

  it('are those that Redis sees in every command of every role', async () => {
    const asked = commandsOf('admin', { major: 7, minor: 0, cluster: true })
    let checked = 0
    for (const { name, args } of asked) {
      // XREAD is sent by queue libraries alone; SORT is called by scripts alone.
      if (['XREAD', 'SORT', 'SELECT', 'PSUBSCRIBE', 'WATCH', 'SUBSCRIBE'].includes(name) || /EVAL|SCRIPT/.test(name))
        continue
      const [command = '', ...sub] = name.split('|')
      const words = ['k1', 'k2', 'LEFT', 'RIGHT', '1'].slice(0, Math.max(args, 0))
      const sent: Command = [command, ...sub, ...words]
      const keys = await byRedis(sent).catch(() => null)
      if (keys === null) continue // arguments that this command does not take
      checked++
      expect(keysOfCommand(sent).map(String), name).toEqual(keys)
    }
    expect(checked).toBeGreaterThan(60)
  })
})

describe('the slot of a key', () => {
  it('is the one that Redis reckons', async () => {
    const keys = [
      '',
      'queue:email',
      'queue:{email}',
      '{}x',
      '{}{a}',
      'a{b}c{d}',
      '{{a}}',
      '{a',
      'a}b{c}',
      'صف',
      '{صف}:x',
      '}{',
    ]
    for (const key of keys) expect(slotOf(key), key).toBe(await redis.client.call('CLUSTER', 'KEYSLOT', key))
    const bytes = Buffer.from([0xff, 0x7b, 0x00, 0xfe, 0x7d, 0x01])
    expect(slotOf(bytes)).toBe(await redis.client.call('CLUSTER', 'KEYSLOT', bytes))
    expect(inOneSlot(['queue:{a}', 'queue:{a}:dlq', 'sluice:trash:{a}x'])).toBe(true)
    expect(inOneSlot(['queue:a', 'queue:a:dlq'])).toBe(false)
  })
})
