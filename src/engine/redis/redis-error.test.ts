import { inspect } from 'node:util'
import { ReplyError } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../domain/errors.ts'
import { redisError } from './redis-error.ts'

/** An error reply as the client throws it: with the command's arguments on it. */
function reply(message: string): Error {
  return Object.assign(new ReplyError(message), { command: { name: 'auth', args: ['canary'] } })
}

function failure(code: string, message = code): Error {
  return Object.assign(new Error(message), { code })
}

describe('redisError', () => {
  it.each([
    ['WRONGPASS invalid username-password pair or user is disabled.', 'AUTH_FAILED'],
    ['ERR invalid password', 'AUTH_FAILED'],
    ['NOAUTH Authentication required.', 'AUTH_FAILED'],
    ['DENIED Redis is running in protected mode because ...', 'NO_PERMISSION'],
    ["NOPERM this user has no permissions to run the 'info' command", 'NO_PERMISSION'],
    ['NOPERM No permissions to access a key', 'NO_PERMISSION'],
    ["ERR unknown command 'EVAL_RO', with args beginning with: 'canary'", 'NO_PERMISSION'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'REDIS_FULL'],
    ['MISCONF Redis is configured to save RDB snapshots, but ...', 'REDIS_FULL'],
    ['LOADING Redis is loading the dataset in memory', 'REDIS_LOADING'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'WRONG_TYPE'],
    ["READONLY You can't write against a read only replica.", 'REPLICA'],
    ['NOREPLICAS Not enough good replicas to write.', 'READ_ONLY'],
    ['BUSY Redis is busy running a script.', 'REDIS_BUSY'],
    ['ERR Script killed by user with SCRIPT KILL. script: 5a1, on @user_script:1.', 'REDIS_BUSY'],
    ['MASTERDOWN Link with MASTER is down', 'REDIS_UNAVAILABLE'],
    ['CLUSTERDOWN The cluster is down', 'REDIS_UNAVAILABLE'],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'REDIS_UNAVAILABLE'],
    ['MOVED 3999 127.0.0.1:6381', 'UNSUPPORTED'],
    ['ERR DB index is out of range', 'BAD_URL'],
    ['ERR max number of clients reached', 'TOO_MANY_CLIENTS'],
    ['ERR something new', 'INTERNAL'],
  ])('reads the reply %s as %s, whatever was going on', (message, code) => {
    for (const phase of ['connect', 'read', 'write'] as const) expect(redisError(reply(message), phase).code).toBe(code)
  })

  it.each([
    [failure('ECONNREFUSED'), 'CONNECTION_REFUSED'],
    [new AggregateError([failure('ECONNREFUSED'), failure('ECONNREFUSED')]), 'CONNECTION_REFUSED'],
    [failure('ENOENT'), 'CONNECTION_REFUSED'],
    [failure('EACCES'), 'CONNECTION_REFUSED'],
    [failure('ENOTFOUND'), 'HOST_NOT_FOUND'],
    [failure('EAI_AGAIN'), 'HOST_NOT_FOUND'],
    [failure('ETIMEDOUT', 'connect ETIMEDOUT'), 'CONNECT_TIMEOUT'],
    [failure('EHOSTUNREACH'), 'CONNECT_TIMEOUT'],
    [new Error('Command timed out'), 'CONNECT_TIMEOUT'],
    [failure('SELF_SIGNED_CERT_IN_CHAIN'), 'TLS_FAILED'],
    [failure('CERT_HAS_EXPIRED'), 'TLS_FAILED'],
    [failure('ERR_TLS_CERT_ALTNAME_INVALID'), 'TLS_FAILED'],
    [failure('EPROTO', 'ssl3_get_record:wrong version number'), 'TLS_FAILED'],
    [failure('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'TLS_FAILED'],
    [failure('ERR_SSL_SOMETHING_NEW'), 'TLS_FAILED'],
    [new Error('Unknown RESP type 72 "H". Please report this.'), 'NOT_REDIS'],
    [failure('ECONNRESET'), 'CONNECTION_LOST'],
    [new Error('Connection is closed.'), 'CONNECTION_LOST'],
    [new TypeError('canary'), 'INTERNAL'],
    ['canary', 'CONNECTION_LOST'],
  ])('reads %s while connecting as %s', (error, code) => {
    expect(redisError(error, 'connect').code).toBe(code)
  })

  it('tells a cut and a late answer apart, and knows no outcome of a write after either', () => {
    const cut = new Error('Connection is closed.')
    const late = new Error('Command timed out')
    expect(redisError(cut, 'read').code).toBe('CONNECTION_LOST')
    expect(redisError(late, 'read').code).toBe('COMMAND_TIMEOUT')
    expect(redisError(cut, 'write').code).toBe('OUTCOME_UNKNOWN')
    expect(redisError(late, 'write').code).toBe('OUTCOME_UNKNOWN')
    expect(redisError(new Error('Unknown RESP type 72 "H"'), 'write').code).toBe('OUTCOME_UNKNOWN')
  })

  it('knows that a command the client never wrote did not run', () => {
    const unsent = new Error("Stream isn't writeable and enableOfflineQueue options is false")
    expect(redisError(unsent, 'write').code).toBe('CONNECTION_LOST')
  })

  it('names the command that is not permitted', () => {
    const error = redisError(reply("NOPERM this user has no permissions to run the 'config|get' command"), 'read')
    expect(error.message).toContain('CONFIG GET')
  })

  it.each([
    "ERR unknown command 'FOO', with args beginning with: 'canary' 'canary'",
    'ERR unknown command `FOO`, with args beginning with: `canary',
    'ERR user_script:1: bad value \'canary\' near "canary" `canary`',
    "ERR Unknown option 'it's canary' given",
    'ERR unbalanced quotes `canary',
    'ERR invalid password canary',
    "WRONGPASS 'canary' is wrong",
  ])('passes on nothing that Redis quotes: %s', (message) => {
    const error = redisError(reply(message), 'write')
    const all = [error.message, error.stack, JSON.stringify(error), inspect(error, { depth: null, showHidden: true })]
    expect(all.join()).not.toContain('canary')
  })

  it('leaves a SluiceError as it is', () => {
    const error = new SluiceError('CHANGED')
    expect(redisError(error, 'write')).toBe(error)
  })
})
