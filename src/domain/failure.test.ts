import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorSignature, rememberedSignatures } from './failure.ts'

/** What a signature is: these, one after another, on the first line. */
const plainly: readonly [RegExp, string][] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b[\w.+-]+@[\w-]+\.[\w.-]+/g, '<email>'],
  [/\bhttps?:\/\/[^\s"')]+/gi, '<url>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<address>'],
  [/(?:\/[\w.@-]+){2,}/g, '<path>'],
  [/\b[0-9a-f]{12,}\b/gi, '<id>'],
  [/\+?\d[\d,._-]*/g, '<n>'],
]
const plainSignature = (error: string) =>
  plainly
    .reduce((text, [pattern, word]) => text.replace(pattern, word), error.split('\n', 1)[0]?.slice(0, 500) ?? '')
    .trim() || '(no message)'

const pieces = fc.oneof(
  fc.constantFrom(
    ...['6f9619ff-8b86-d011-b42d-00cf4fc964ff', 'a@b.cd', 'http://x/y', 'HTTPS://', '10.0.0.7:443', '1.2.3', '/a/b.c'],
    ...[
      '/',
      '//',
      '-',
      '.',
      '@',
      '+',
      ':',
      ' ',
      '\n',
      'x',
      'fade',
      'DEADBEEF0001',
      '0',
      '12',
      '1,000.5',
      '<',
      '>',
      'é',
    ],
  ),
  fc.uuid(),
  fc.string({ maxLength: 8 }),
)
const errors = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''))

describe('errorSignature', () => {
  it.each([
    ['Timeout after 3000 ms', 'Timeout after <n> ms'],
    ['connect ETIMEDOUT 10.0.0.7:443', 'connect ETIMEDOUT <address>'],
    ['no user ann@shop.example in /srv/app/users.db', 'no user <email> in <path>'],
    ['GET https://api.example/v1/9 gave 502', 'GET <url> gave <n>'],
    ['job 6f9619ff-8b86-d011-b42d-00cf4fc964ff', 'job <uuid>'],
    ['object 65f1a2b3c4d5e6f708192a3b', 'object <id>'],
    ['first\nsecond 2', 'first'],
    ['', '(no message)'],
    ['  \n', '(no message)'],
  ])('of %j is %j', (error, signature) => {
    expect(errorSignature(error)).toBe(signature)
  })

  it('is what the patterns make of any text, one after another', () => {
    fc.assert(
      fc.property(errors, (error) => {
        expect(errorSignature(error)).toBe(plainSignature(error))
      }),
      { numRuns: 3000 },
    )
  })

  it('is the same when it is remembered, of however many errors', () => {
    const signatureOf = rememberedSignatures()
    for (let i = 0; i < 5000; i++) {
      const error = `${'long '.repeat(i % 200)}no ${i % 2500}`
      expect(signatureOf(error)).toBe(plainSignature(error))
    }
    // Halves of a letter, which UTF-8 cannot tell apart.
    for (const half of ['\ud800', '\ud801', '\ufffd']) {
      expect(signatureOf(`no ${half}`)).toBe(`no ${half}`)
    }
  })
})
