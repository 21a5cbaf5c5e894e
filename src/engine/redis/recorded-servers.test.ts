import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../domain/errors.ts'
import { parseInfo } from '../sampler/info.ts'
import { isNoScript, isUnknownCommand, redisError } from './redis-error.ts'

/** What servers of other versions answered to test/peers/record-server.ts. */
const servers = Object.entries(
  JSON.parse(readFileSync(new URL('../../../test/recorded/servers.json', import.meta.url), 'utf8')) as Record<
    string,
    { answers: Record<string, string>; refusals: Record<string, string> }
  >,
)

/** As the client throws it. */
const replyError = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' })

const codes: Readonly<Record<string, ErrorCode>> = {
  'no permission for the command': 'NO_PERMISSION',
  'no permission for the key': 'NO_PERMISSION',
  'no permission for the channel': 'NO_PERMISSION',
  'wrong password': 'AUTH_FAILED',
  'no password': 'AUTH_FAILED',
  'unknown command': 'NO_PERMISSION',
  'wrong type': 'WRONG_TYPE',
  'no such database': 'BAD_URL',
  full: 'REDIS_FULL',
  replica: 'REPLICA',
  'master away': 'REDIS_UNAVAILABLE',
  'too many clients': 'TOO_MANY_CLIENTS',
  busy: 'REDIS_BUSY',
}

describe.each(servers)('%s', (name, { answers, refusals }) => {
  test.each(Object.entries(codes))('a refusal is told for what it is: %s', (what, code) => {
    const refusal = refusals[what] ?? ''
    if (refusal === '0') return expect(name).toBe('Redis 6.0') // its rules know no channels, so it took the message
    const error = redisError(replyError(refusal), 'read')
    expect(error.code).toBe(code)
    expect(error.message).not.toMatch(/secret argument|limited/)
  })

  test('a script or a command that is not there is seen as such', () => {
    expect(isNoScript(replyError(refusals['no such script'] ?? ''))).toBe(true)
    const reading = answers['reading script'] ?? ''
    expect(reading === '1' || isUnknownCommand(replyError(reading))).toBe(true)
  })

  test('its figures are read', () => {
    const { stats, rssBytes } = parseInfo(answers.info ?? '')
    expect(stats).toMatchObject({ role: 'master', maxmemoryPolicy: 'noeviction', keys: 1, policyCanEvictQueues: false })
    expect(stats.version).toMatch(/^\d+\.\d+\.\d+$/)
    for (const figure of [stats.usedMemoryBytes, stats.peakMemoryBytes, stats.clients, rssBytes]) {
      expect(figure).toBeGreaterThan(0)
    }
  })
})
