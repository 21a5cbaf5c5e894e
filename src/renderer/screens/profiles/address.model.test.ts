import { describe, expect, it } from 'vitest'
import { addressProblems, emptyAddress, formatAddress, parseAddress } from './address.model.ts'

describe('parseAddress', () => {
  it.each([
    ['redis://127.0.0.1', { transport: 'tcp', host: '127.0.0.1', port: '6379', db: '0', username: '' }, null],
    [
      'rediss://ada:s%2Fcret@db.example:6380/3',
      { transport: 'tls', host: 'db.example', port: '6380', db: '3', username: 'ada' },
      's/cret',
    ],
    ['redis://:p%40ss@[::1]:7000', { host: '::1', port: '7000', username: '' }, 'p@ss'],
    ['unix:///run/my%20redis.sock?db=2', { transport: 'unix', path: '/run/my redis.sock', db: '2' }, null],
    ['  REDIS://Host:1  ', { transport: 'tcp', host: 'Host', port: '1' }, null],
  ])('%s', (url, fields, password) => expect(parseAddress(url)).toMatchObject({ fields, password }))

  it.each([
    '',
    'http://x',
    'redis://',
    'redis://h:99999',
    'redis://h/x',
    'redis://a/b@h',
    'unix://run/x',
    'redis://h?tls=1',
    'redis://100%@h',
    'redis://h/#1',
  ])('says what is wrong with "%s"', (url) => expect(parseAddress(url)).toHaveProperty('problem'))
})

it('comes back from the fields what went in', () => {
  for (const url of [
    'redis://127.0.0.1:6379',
    'rediss://a%3Ab@db.example:6380/3',
    'redis://[::1]:7000',
    'unix:///run/my%20redis.sock?db=2',
  ]) {
    const parsed = parseAddress(url)
    expect('fields' in parsed && formatAddress(parsed.fields)).toBe(url)
  }
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
