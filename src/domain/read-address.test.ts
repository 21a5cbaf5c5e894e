import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SluiceError } from './errors.ts'
import { usualProfile } from './profile.ts'
import { type AddressDraft, readAddress } from './read-address.ts'
import { redisCliOf } from './redis-cli.ts'
import { formatRedisUrl, type RedisAddress } from './redis-url.ts'
import { shellQuoted, shellWords } from './shell-words.ts'

const draft = (url: string, rest: Partial<AddressDraft> = {}): AddressDraft => ({
  url,
  topology: { kind: 'standalone' },
  tls: usualProfile.tls,
  secrets: {},
  notes: [],
  ...rest,
})
const sentinel = (master: string, others: { host: string; port: number }[] = [], tls = false) => ({
  topology: { kind: 'sentinel' as const, master, others, username: null, tls },
})
const cluster = (...others: { host: string; port: number }[]) => ({ topology: { kind: 'cluster' as const, others } })
const at = (host: string, port: number) => ({ host, port })

function problemOf(text: string): string {
  try {
    readAddress(text)
  } catch (error) {
    expect(error).toBeInstanceOf(SluiceError)
    expect(error).toMatchObject({ code: 'BAD_URL' })
    expect(String(error)).not.toContain('canary')
    return error instanceof SluiceError ? error.message : ''
  }
  throw new Error(`${text} was read`)
}

describe('readAddress of a URL', () => {
  it.each([
    ['redis://:canary@h:7000/2', draft('redis://h:7000/2', { secrets: { password: 'canary' } })],
    ['  valkeys://ops@cache.example ', draft('rediss://ops@cache.example:6379')],
    ['unix://ops:pw@/run/redis.sock?db=3', draft('unix://ops@/run/redis.sock?db=3', { secrets: { password: 'pw' } })],
    ['redis+unix:///run/redis.sock', draft('unix:///run/redis.sock')],
    ['redis://a:7000,b,[::1]:7002', draft('redis://a:7000', cluster(at('b', 6379), at('::1', 7002)))],
    ['rediss+cluster://a', draft('rediss://a:6379', cluster())],
    ['redis+sentinel://s1/mymaster', draft('redis://s1:26379', sentinel('mymaster'))],
    [
      'rediss+sentinel://ops@s1:5000,s2/my%20master/4',
      draft('rediss://ops@s1:5000/4', sentinel('my master', [at('s2', 26379)], true)),
    ],
    ['redis-sentinel://s1,s2/2#mymaster', draft('redis://s1:26379/2', sentinel('mymaster', [at('s2', 26379)]))],
    ['redis-sentinel://s1?sentinelMasterId=main&db=1', draft('redis://s1:26379/1', sentinel('main'))],
  ])('reads %s', (text, expected) => {
    expect(readAddress(text)).toEqual(expected)
  })

  it('takes the password of a Sentinel URL for Redis, and says so', () => {
    const read = readAddress('sentinel://:canary@s1,s2:26380/mymaster/0')
    expect(read).toMatchObject({ url: 'redis://s1:26379', secrets: { password: 'canary' } })
    expect(read.notes.join()).toContain('taken for Redis')
  })

  it('takes over what other programs say of TLS, and says what it cannot', () => {
    const read = readAddress('rediss://h?ssl_cert_reqs=none&ssl_ca_certs=/etc/ca.pem&protocol=3')
    expect(read.tls.verify).toBe(false)
    expect(read.notes).toHaveLength(3)
    expect(readAddress('rediss://h?ssl_cert_reqs=required').tls.verify).toBe(true)
  })

  it.each([
    ['', /begins with/],
    ['localhost:6379', /begins with/],
    ['http://localhost', /begins with/],
    ['redis+sentinel://s1:26379', /mymaster/],
    ['redis+sentinel://s1/mymaster/0/x', /mymaster/],
    ['redis+sentinel://s1/mymaster/zero', /database/],
    ['redis://a,b/3', /only the database 0/],
    ['redis://a,b:70000', /65535/],
    ['redis://h?password=canary', /"password"/],
    ['redis://:canary/x@h', /%2F/],
    ['redis://h/1#x', /after #/],
    ['unix://run/redis.sock', /three slashes/],
  ])('refuses %s and says why', (text, sentence) => {
    expect(problemOf(text)).toMatch(sentence)
  })
})

describe('readAddress of a redis-cli command', () => {
  it.each([
    ['redis-cli', draft('redis://127.0.0.1:6379')],
    ['redis-cli -h h -p 7000 -a pw --user ops -n 2', draft('redis://ops@h:7000/2', { secrets: { password: 'pw' } })],
    ['$ redis-cli -s /run/redis.sock', draft('unix:///run/redis.sock')],
    ['valkey-cli -h ::1 --tls', draft('rediss://[::1]:6379')],
    ['/usr/bin/redis-cli -c -h a', draft('redis://a:6379', cluster())],
    [
      'redis-cli -u rediss://ops:p%40ss@h:6380/3 -p 6390',
      draft('rediss://ops@h:6390/3', { secrets: { password: 'p@ss' } }),
    ],
    [
      "redis-cli -h h -a 'it'\\''s \"so\" $HOME'",
      draft('redis://h:6379', { secrets: { password: 'it\'s "so" $HOME' } }),
    ],
    ['redis-cli \\\n  -h h \\\n  -a "a\\"b\\$c"', draft('redis://h:6379', { secrets: { password: 'a"b$c' } })],
    ["redis-cli -h h --pass $'a\\tb'", draft('redis://h:6379', { secrets: { password: 'a\tb' } })],
    ['REDISCLI_AUTH=pw redis-cli -h h', draft('redis://h:6379', { secrets: { password: 'pw' } })],
    ['redis-cli -h a -h b', draft('redis://b:6379')],
  ])('reads %s', (text, expected) => {
    expect(readAddress(text)).toEqual(expected)
  })

  it('takes over TLS, and says that files are not read', () => {
    const read = readAddress('redis-cli -h h --tls --sni n --insecure --cacert ca.pem --cert c.pem --key k.pem')
    expect(read.url).toBe('rediss://h:6379')
    expect(read.tls).toEqual({ ca: '', certificate: '', serverName: 'n', verify: false })
    expect(read.notes.filter((note) => note.includes('paste'))).toHaveLength(3)
    expect(read.notes.join()).toContain('not be checked')
  })

  it.each([
    ['redis-cli -h h -a "$PASSWORD"', /fill in the password/],
    ['redis-cli -h h -a `pass redis`', /fill in the password/],
    ['redis-cli -h h --askpass', /enter it/],
    ['redis-cli -h h AUTH canary', /not the command/],
    ['redis-cli -h h | tee canary', /not the command/],
    ['redis-cli -h h -acanary --raw -t 5 --canary=canary', /meaning here: -a, --raw, -t/],
    ['docker exec -it shop redis-cli -h cache', /another computer/],
  ])('reads %s with a note', (text, note) => {
    const read = readAddress(text)
    expect(read.notes.join()).toMatch(note)
    expect(read.secrets).toEqual({})
    expect(read.notes.join().replace('--canary', '')).not.toContain('canary')
  })

  it.each([
    ['redis-cli -h "$HOST"', /fill in the value of -h/],
    ['redis-cli -p', /After -p/],
    ['redis-cli -p x', /port/],
    ['redis-cli -n x', /database/],
    ["redis-cli -a 'canary", /not closed/],
    ['redis-cli -s redis.sock', /whole path/],
    ['redis-cli -u http://canary', /begins with/],
  ])('refuses %s and says why', (text, sentence) => {
    expect(problemOf(text)).toMatch(sentence)
  })
})

describe('redisCliOf', () => {
  const profile = { ...usualProfile, url: 'redis://h:6379' }

  it.each([
    [profile, 'redis-cli -h h -p 6379'],
    [
      { ...profile, url: 'rediss://my%20ops@h:6380/2', secrets: ['password' as const] },
      "redis-cli -h h -p 6380 --user 'my ops' --askpass -n 2 --tls",
    ],
    [
      { ...profile, url: 'rediss://h', tls: { ca: 'PEM', certificate: 'PEM', serverName: 'n', verify: false } },
      'redis-cli -h h -p 6379 --tls --sni n --cacert ca.pem --cert client.pem --key client.key --insecure',
    ],
    [{ ...profile, topology: { kind: 'cluster' as const, others: [] } }, 'redis-cli -h h -p 6379 -c'],
    [
      { ...profile, url: 'redis://ops@s1:26379/3', ...sentinel('my master') },
      "redis-cli -h s1 -p 26379 SENTINEL GET-MASTER-ADDR-BY-NAME 'my master'",
    ],
    [
      {
        ...profile,
        ssh: {
          ...at('bastion', 22),
          username: '-oProxyCommand=x',
          login: 'agent' as const,
          keyFile: '',
          jump: { ...at('jump', 2222), username: 'me', login: 'agent' as const, keyFile: '' },
        },
      },
      "ssh -t -J me@jump:2222 -p 22 -l -oProxyCommand=x -- bastion 'redis-cli -h h -p 6379'",
    ],
  ])('writes %#', (from, line) => {
    expect(redisCliOf(from)).toBe(line)
  })

  it('writes what readAddress reads back', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' })
    const tcp: fc.Arbitrary<RedisAddress> = fc.record({
      transport: fc.constantFrom('tcp' as const, 'tls' as const),
      host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
      port: fc.integer({ min: 1, max: 65_535 }),
      username: fc.option(text, { nil: null }),
      db: fc.nat(999_999),
    })
    const unix: fc.Arbitrary<RedisAddress> = fc.record({
      transport: fc.constant('unix' as const),
      path: text.map((name) => `/run/${name}`),
      username: fc.option(text, { nil: null }),
      db: fc.nat(999_999),
    })
    fc.assert(
      fc.property(fc.oneof(tcp, unix), (address) => {
        const url = formatRedisUrl(address)
        expect(readAddress(redisCliOf({ ...profile, url })).url).toBe(url)
      }),
    )
  })

  it('quotes any text for a shell', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const quoted = shellQuoted(text)
        expect(shellWords(`x ${quoted}`).words[1]).toEqual({ text, filledIn: false })
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
        expect(quoted).not.toMatch(/[\x00-\x1f\u202e]/)
      }),
    )
  })
})
