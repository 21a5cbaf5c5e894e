import type { Badge } from '../../domain/job.ts'

/** Payloads that no producer should write and some do; `badge` is what a row must say of it, where it must say something. */
export const badPayloads: readonly { what: string; bytes: Buffer; badge: Badge | null }[] = [
  { what: 'text that is not JSON', bytes: Buffer.from('not json {'), badge: 'invalid-json' },
  { what: 'nothing', bytes: Buffer.alloc(0), badge: 'invalid-json' },
  { what: 'JSON that is no object', bytes: Buffer.from('[1,"two",null]'), badge: null },
  { what: 'a bare number', bytes: Buffer.from('42'), badge: null },
  {
    what: 'objects where scalars belong',
    bytes: Buffer.from('{"id":{"a":1},"name":[],"createdAt":{},"attempts":"x"}'),
    badge: null,
  },
  { what: 'bytes that are not text', bytes: Buffer.from([0x80, 0x00, 0xff, 0xfe, 0x0a, 0xc3]), badge: 'binary' },
  {
    what: '64-bit integers',
    bytes: Buffer.from('{"id":9223372036854775807,"n":12345678901234567890.10}'),
    badge: null,
  },
  { what: 'Persian and bidi text', bytes: Buffer.from('{"name":"ایمیل \u202Eتایید\u202C ✉️","id":"۱۲"}'), badge: null },
  { what: 'control characters', bytes: Buffer.from('{"id":"a\\u0000b","name":"\\u001b[31mred\\n"}'), badge: null },
]
