import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Link } from './link.ts'
import { linkText, readLink } from './link-text.ts'
import { systemIds } from './queue.ts'

const id = fc.stringMatching(/^[\w:.-]{1,64}$/)
const part = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !/\p{Surrogate}/u.test(text))
const links: fc.Arbitrary<Link> = fc
  .record({
    connectionId: id,
    queue: fc.option(fc.record({ system: fc.constantFrom(...systemIds), prefix: part, name: part })),
    state: fc.option(id),
  })
  .map((link) => ({ ...link, state: link.queue === null ? null : link.state }))

test('reads what it wrote, whatever is in the names', () => {
  fc.assert(
    fc.property(links, (link) => {
      expect(readLink(linkText(link))).toEqual(link)
    }),
    { numRuns: 300 },
  )
})

test('reads a link as a person writes it', () => {
  expect(readLink('sluice://open?profile=a1')).toEqual({ connectionId: 'a1', queue: null, state: null })
  expect(readLink('sluice://open/?profile=a1')).toEqual({ connectionId: 'a1', queue: null, state: null })
  expect(readLink('sluice://open?state=failed&queue=bullmq/bull/mails&profile=a1')).toEqual({
    connectionId: 'a1',
    queue: { system: 'bullmq', prefix: 'bull', name: 'mails' },
    state: 'failed',
  })
})

test.each([
  ['nothing', ''],
  ['no address', 'profile=a1'],
  ['another scheme', 'https://open?profile=a1'],
  ['a scheme that looks like it', 'sluice-x://open?profile=a1'],
  ['no profile', 'sluice://open'],
  ['an empty profile', 'sluice://open?profile='],
  ['another action', 'sluice://purge?profile=a1'],
  ['an action as a path', 'sluice://open/purge?profile=a1'],
  ['an action as a key', 'sluice://open?profile=a1&action=retry'],
  ['a host', 'sluice://open?profile=a1&host=redis.evil.example'],
  ['a URL', 'sluice://open?profile=a1&url=redis://evil.example'],
  ['a URL as the profile', 'sluice://open?profile=redis://evil.example:6379'],
  ['credentials', 'sluice://user:word@open?profile=a1'],
  ['a password', 'sluice://open?profile=a1&password=x'],
  ['a port', 'sluice://open:6379?profile=a1'],
  ['a fragment', 'sluice://open?profile=a1#/settings'],
  ['two profiles', 'sluice://open?profile=a1&profile=a2'],
  ['a state without a queue', 'sluice://open?profile=a1&state=failed'],
  ['a state that is markup', 'sluice://open?profile=a1&queue=bullmq/bull/mails&state=<img>'],
  ['an unknown system', 'sluice://open?profile=a1&queue=sidekiq/q/mails'],
  ['a queue of two parts', 'sluice://open?profile=a1&queue=bullmq/mails'],
  ['a queue of four parts', 'sluice://open?profile=a1&queue=bullmq/bull/mails/x'],
  ['a broken escape', 'sluice://open?profile=a1&queue=bullmq/bull/%25zz'],
  ['a switch', '--remote-debugging-port=9222'],
  ['far too much', `sluice://open?profile=a1&queue=bullmq/bull/${'x'.repeat(20_000)}`],
])('refuses %s', (_what, text) => {
  expect(() => readLink(text)).toThrow(expect.objectContaining({ code: 'BAD_URL' }))
})

test('refuses noise, and never fails in another way', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (noise) => {
      expect(() => readLink(`sluice://open?${noise}`)).toThrow(expect.objectContaining({ code: 'BAD_URL' }))
    }),
    { numRuns: 300 },
  )
})
