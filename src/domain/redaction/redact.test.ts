import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RedactionRule } from '../redaction.ts'
import { firstRules } from './first-rules.ts'
import { redactorOf } from './redact.ts'

const path = (find: string, word: string | null = 'X'): RedactionRule => ({ type: 'path', find, with: word })
const pattern = (find: string, word: string | null = 'X'): RedactionRule => ({ type: 'pattern', find, with: word })

function redact(rules: readonly RedactionRule[], payload: string, key = 'key') {
  const redactor = redactorOf(rules, key)
  if (typeof redactor !== 'function') throw new Error(redactor.problem)
  return redactor(payload)
}

describe('redaction', () => {
  it('takes out values by path, and nothing else', () => {
    const payload =
      '{ "user": {"email":"a@b.c", "id":12345678901234567890 }, "items":[ {"card":1}, {"card":[2]} ], "x":"\\/"}'
    expect(redact([path('data.user.email'), path('items[].card')], payload)).toEqual({
      payload:
        '{ "user": {"email":"X", "id":12345678901234567890 }, "items":[ {"card":"X"}, {"card":"X"} ], "x":"\\/"}',
      replaced: 3,
    })
    expect(redact([path('items[1].card')], payload).replaced).toBe(1)
    expect(redact([path('user.*')], payload).payload).toContain('{"email":"X", "id":"X" }')
    expect(redact([path('user.email')], '{"data":{"user":{"email":"a"}}}').replaced).toBe(1)
    expect(redact([path('["user"].email')], payload).replaced).toBe(1)
    expect(redact([path('e'), path('User.email')], payload).replaced).toBe(0)
  })

  it('takes out names at any depth, in any spelling, and leaves null, true and false', () => {
    const payload = '{"a":[{"apiKey":"k","API-KEY":1,"api_key":null,"needs_api_key":true,"keys":"no"}]}'
    expect(redact([path('**.*apikey*')], payload).payload).toBe(
      '{"a":[{"apiKey":"X","API-KEY":"X","api_key":null,"needs_api_key":true,"keys":"no"}]}',
    )
  })

  it('takes out what a pattern finds in texts and numbers', () => {
    const payload = '{"note":"call +49 170 1 or +49 170 2 \\u2028 \\/","n":4111111111111111,"ok":12}'
    expect(redact([pattern('\\+49 170 \\d'), pattern('^4\\d{15}$')], payload)).toEqual({
      payload: '{"note":"call X or X \\u2028 \\/","n":"X","ok":12}',
      replaced: 3,
    })
    expect(redact([pattern('secret')], 'no json: secret').payload).toBe('no json: X')
    expect(redact([pattern('abc', '1'), pattern('bcd', '2')], '"abcd bcd"')).toEqual({ payload: '"1d 2"', replaced: 2 })
  })

  it('gives the same value the same word, for this key alone', () => {
    const { payload } = redact([path('**.email', null)], '[{"email":"a@b.c"},{"email":"a@b.c"},{"email":"d@e.f"}]')
    const [first, second, third] = (JSON.parse(payload) as { email: string }[]).map(({ email }) => email)
    expect(first).toMatch(/^redacted-[0-9a-f]{8}$/)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
    expect(redact([path('**.email', null)], '[{"email":"a@b.c"}]', 'other').payload).not.toContain(first)
  })

  it('looks into JSON that stands in a text, however deep, and keeps the escapes around', () => {
    const inner = JSON.stringify({ user: { email: 'ä@b.c', path: '/x' } }).replaceAll('/', '\\/')
    const payload = `{"data":${JSON.stringify(inner).replaceAll('ä', '\\u00e4').replaceAll('/', '\\/')},"n":1}`
    const { payload: out, replaced } = redact([path('data.user.email')], payload)
    expect(replaced).toBe(1)
    expect(out).toBe(payload.replace('\\u00e4@b.c', 'X'))
  })

  it('keeps the byte lengths of what PHP serialized', () => {
    const email = 'ä@example.com'
    const php = `O:8:"App\\Mail":2:{s:8:"\0*\0email";s:${Buffer.byteLength(email)}:"${email}";s:4:"body";s:12:"to q@w.ee é";}`
    const payload = JSON.stringify({ data: { commandName: 'App\\Mail', command: php } })
    const { payload: out, replaced } = redact([path('**.email'), pattern('\\w@\\w\\.ee', 'someone')], payload)
    const command = (JSON.parse(out) as { data: { command: string } }).data.command
    expect(command).toBe('O:8:"App\\Mail":2:{s:8:"\0*\0email";s:1:"X";s:4:"body";s:13:"to someone é";}')
    expect(replaced).toBe(2)
    const odd = JSON.stringify({ command: 'O:1:"A":1:{s:1:"b";C:3:"Odd":3:{xyz}}' })
    expect(redact([pattern('xyz', 'w')], odd).payload).toMatch(/^{"command":"redacted-\w{8}"}$/)
    expect(redact([pattern('nothing')], odd)).toEqual({ payload: odd, replaced: 0 })
  })

  it('says which rule is wrong', () => {
    expect(redactorOf([path('a..b')])).toEqual({ problem: expect.stringContaining('a..b: it is no path') })
    expect(redactorOf([pattern('(?=x)')])).toEqual({ problem: expect.stringContaining('(?=x)') })
    expect(redactorOf([path('**')])).toHaveProperty('problem')
  })

  it('has first rules that find what they are for', () => {
    const payload = JSON.stringify({
      id: 9007199254740991, customer: { e_mail: 'x', Email: 'anna@example.com', phoneNumber: '+49 170 1' },
      note: 'IBAN DE89 3704 0044 0532 0130 00, card 4111 1111 1111 1111, anna@example.com', at: 1700000000000,
      headers: { Authorization: 'Bearer abcdefghijkl' }, log: 'sent Bearer abcdefghijkl', amount: 12.5,
    }) // biome-ignore format: what belongs together stands together
    const { payload: out } = redact(firstRules, payload)
    for (const secret of ['anna', '3704', '4111', 'abcdef', '+49']) expect(out).not.toContain(secret)
    expect(out).toContain('"at":1700000000000')
    expect(out).toContain('"amount":12.5')
  })

  it('leaves JSON that is as valid as before, and all that no rule is about', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>('plain', 'a@b.cc x', 1, true, null, '{"email":"x"}', 'ü\n"\\'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'email', '__proto__'), tie('value'), { maxKeys: 3, noNullPrototype: true }),
      ),
    }))
    fc.assert(
      fc.property(value, (json) => {
        const payload = JSON.stringify(json)
        expect(redact([path('zzz'), pattern('zzz')], payload)).toEqual({ payload, replaced: 0 })
        const { payload: out } = redact([path('**.email'), pattern('a@b\\.cc')], payload)
        JSON.parse(out)
        expect(out).not.toContain('a@b.cc')
        expect(redact([path('**.email'), pattern('a@b\\.cc')], out).payload).toBe(out)
      }),
      { numRuns: 300 },
    )
  })

  it('ends on large and deep payloads', () => {
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, `v${i}`])))
    expect(redact(firstRules, wide).payload).toBe(wide)
    const deep = `${'{"a":'.repeat(10_000)}"anna@example.com"${'}'.repeat(10_000)}`
    expect(redact(firstRules, deep).payload).not.toContain('anna')
    const huge = JSON.stringify({ text: 'x '.repeat(6_000_000), email: 'e' })
    expect(redact([path('**.email'), pattern('[\\w.]+@x')], huge).replaced).toBe(1)
  })
})
