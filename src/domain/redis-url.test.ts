import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SluiceError } from './errors.ts'
import { addressText, formatRedisUrl, parseRedisUrl, type RedisAddress } from './redis-url.ts'

const tcp = (rest: Partial<Extract<RedisAddress, { host: string }>> = {}) => ({
  transport: 'tcp' as const,
  host: 'localhost',
  port: 6379,
  username: null,
  db: 0,
  ...rest,
})

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', tcp(), null],
    ['  REDIS://LocalHost:6380/  ', tcp({ port: 6380 }), null],
    ['redis://localhost/3', tcp({ db: 3 }), null],
    ['redis://localhost?db=3', tcp({ db: 3 }), null],
    ['redis://localhost/3?db=3', tcp({ db: 3 }), null],
    ['redis://:secret@10.0.0.1:7000', tcp({ host: '10.0.0.1', port: 7000 }), 'secret'],
    ['redis://ops@localhost', tcp({ username: 'ops' }), null],
    ['redis://ops:@localhost', tcp({ username: 'ops' }), null],
    ['redis://ops:p%40ss%2Fw%23%25@localhost', tcp({ username: 'ops' }), 'p@ss/w#%'],
    ['redis://ops:p@ss@localhost', tcp({ username: 'ops' }), 'p@ss'],
    ['redis://ops:a:b@localhost', tcp({ username: 'ops' }), 'a:b'],
    ['redis://[::1]:6380/2', tcp({ host: '::1', port: 6380, db: 2 }), null],
    ['redis://[2001:db8::7]', tcp({ host: '2001:db8::7' }), null],
    ['rediss://cache.example.com', tcp({ transport: 'tls', host: 'cache.example.com' }), null],
    ['redis://münchen.example', tcp({ host: 'xn--mnchen-3ya.example' }), null],
    ['unix:///run/redis.sock', { transport: 'unix', path: '/run/redis.sock', username: null, db: 0 }, null],
    [
      'unix://ops:pw@/run/my%20redis.sock?db=4',
      { transport: 'unix', path: '/run/my redis.sock', username: 'ops', db: 4 },
      'pw',
    ],
  ])('reads %s', (text, address, password) => {
    expect(parseRedisUrl(text)).toEqual({ address, password })
  })

  it.each([
    ['', /begins with redis:/],
    ['localhost:6379', /begins with redis:/],
    ['http://localhost', /begins with redis:/],
    ['redis:localhost', /begins with redis:/],
    ['redis://', /no host/],
    ['redis://:pw@', /no host/],
    ['redis://my host', /no host/],
    ['redis://localhost:70000', /1 to 65535/],
    ['redis://localhost:0', /1 to 65535/],
    ['redis://localhost:port', /port number/],
    ['redis://::1:6379', /square brackets/],
    ['redis://[nonsense]:1', /not an IPv6/],
    ['redis://localhost/zero', /database/],
    ['redis://localhost/-1', /database/],
    ['redis://localhost/1/2', /database/],
    ['redis://localhost/1?db=2', /two databases/],
    ['redis://localhost?ssl_cert_reqs=none', /"ssl_cert_reqs"/],
    ['redis://localhost#x', /after #/],
    ['redis://:canary/x@localhost', /%2F/],
    ['redis://:canary#x@localhost', /%23/],
    ['redis://:canary%@localhost', /%25/],
    ['redis://localhost?password=canary', /"password"/],
    ['redis://localhost?canary canary=1', /that in a Redis URL/],
    ['unix://run/redis.sock', /three slashes/],
    ['unix:///', /three slashes/],
  ])('refuses %s and says why', (text, sentence) => {
    const thrown = (() => {
      try {
        parseRedisUrl(text)
        return null
      } catch (error) {
        return error
      }
    })()
    expect(thrown).toBeInstanceOf(SluiceError)
    expect(thrown).toMatchObject({ code: 'BAD_URL', message: expect.stringMatching(sentence) })
    expect(String(thrown)).not.toContain('canary')
  })

  it('reads back every address that it writes, and writes no password', () => {
    const username = fc.option(fc.string({ minLength: 1, unit: 'grapheme' }), { nil: null })
    const db = fc.nat(999_999)
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
    const port = fc.integer({ min: 1, max: 65_535 })
    const segment = fc.string({ minLength: 1, unit: 'grapheme' })
    const addresses = fc.oneof(
      fc.record({ transport: fc.constantFrom('tcp' as const, 'tls' as const), host, port, username, db }),
      fc.record({ transport: fc.constant('unix' as const), path: segment.map((name) => `/run/${name}`), username, db }),
    )
    fc.assert(
      fc.property(addresses, (address) => {
        expect(parseRedisUrl(formatRedisUrl(address))).toEqual({ address, password: null })
      }),
    )
  })

  it('writes an address for a sentence', () => {
    expect(addressText(parseRedisUrl('redis://:pw@[::1]:6380/2').address)).toBe('[::1]:6380')
    expect(addressText(parseRedisUrl('unix:///run/redis.sock').address)).toBe('/run/redis.sock')
  })
})
