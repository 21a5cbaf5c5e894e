import { describe, expect, it } from 'vitest'
import {
  addressProblems,
  emptyAddress,
  fieldsOf,
  isHost,
  readServers,
  serversText,
  triedAddress,
  urlOf,
} from './address-fields.model.ts'

it.each([
  'redis://127.0.0.1:6379',
  'rediss://a%3Ab@db.example:6380/3',
  'redis://[::1]:7000',
  'unix:///run/my%20redis.sock?db=2',
])('comes back from the fields what went in: %s', (url) => {
  const fields = fieldsOf(url)
  expect(fields !== null && urlOf(fields)).toBe(url)
})
it('says in a sentence why a text is no address, and never the password in it', () => {
  for (const text of [
    '',
    'http://x',
    'redis://',
    'redis://h:99999',
    'redis://u:hidden/x@h',
    'redis://h/#1',
    'redis-cli -p',
  ])
    expect(triedAddress(text)).toHaveProperty('problem')
  expect(JSON.stringify(triedAddress('redis://u:hidden/x@h'))).not.toContain('hidden')
})
it('complains of the field that is wrong', () => {
  expect(addressProblems({ ...emptyAddress, port: '0', host: 'a b', db: 'x' })).toEqual({
    host: expect.any(String),
    port: expect.any(String),
    db: expect.any(String),
  })
  expect(addressProblems({ ...emptyAddress, transport: 'unix', host: '', path: 'run' })).toEqual({
    path: expect.any(String),
  })
})
it('tells hosts from other text', () => {
  expect(['db', '10.0.0.5', '::1', ' db.example '].map(isHost)).toEqual([true, true, true, true])
  expect(['', 'a b', 'a/b', 'a@b'].map(isHost)).toEqual([false, false, false, false])
})

describe('servers', () => {
  it('are read one a line or with commas, and written a line each', () => {
    const servers = readServers('a, b:7000\n[::1]:5', 6379)
    expect(servers).toEqual([
      { host: 'a', port: 6379 },
      { host: 'b', port: 7000 },
      { host: '::1', port: 5 },
    ])
    expect(Array.isArray(servers) && serversText(servers)).toBe('a:6379\nb:7000\n[::1]:5')
  })
  it('are refused where one is none', () => {
    for (const text of ['a:b', 'a:70000', 'a/b']) expect(readServers(text, 1)).toHaveProperty('problem')
  })
})
