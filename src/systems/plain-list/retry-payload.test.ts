import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isJson, members, removeFields } from '../../domain/json-text.ts'
import { retryPayload } from './retry-payload.ts'

/** What the words of `retryPayload` say, by the text alone. */
function byText(bytes: Buffer): Buffer {
  const text = bytes.toString('utf8')
  const all = isUtf8(bytes) && isJson(text) ? members(text) : []
  const attempts = all.findLast(({ key }) => key === 'attempts')
  if (all.length === 0) return bytes
  const fresh = attempts ? `${text.slice(0, attempts.valueStart)}0${text.slice(attempts.valueEnd)}` : text
  return Buffer.from(removeFields(fresh, ['failedAt', 'failed_at', 'error']))
}

const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('failedAt', 'failed_at', 'error', 'attempts') },
  fc.constantFrom('id', 'data', 'errors', 'failedAT', '__proto__', '', 'attempt', 'é', ',"error":"', '\\'),
  fc.string({ unit: 'binary' }),
)
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((one) => JSON.stringify(one)),
  fc.string({ unit: 'binary' }).map((one) => JSON.stringify(one)),
  fc.constantFrom(
    '9007199254740993',
    '1.50',
    '{"error":"x","attempts":7}',
    '["failedAt"]',
    '"\\",\\"error\\":\\"y"',
    '3',
  ),
)
/** Objects with keys twice, in any order, with gaps; the names sometimes with escapes. */
const object = fc
  .array(fc.tuple(name, value, fc.constantFrom('', ' ', '\n\t'), fc.boolean()), { maxLength: 9 })
  .map((pairs) => {
    const members = pairs.map(([key, raw, gap, escaped]) => {
      const quoted = JSON.stringify(key)
      const written = escaped ? quoted.replace('e', '\\u0065') : quoted
      return `${gap}${written}${gap}:${gap}${raw}${gap}`
    })
    return Buffer.from(`{${members.join(',')}}`)
  })
/** As workers leave them: what the death added stands at the end. */
const letter = fc.tuple(object, value, value).map(([job, at, error]) => {
  const head = job.subarray(0, job.length - 1).toString()
  return Buffer.from(`${head}${head.length > 1 ? ',' : ''}"attempts":3,"failedAt":${at},"error":${error}}`)
})
const bytes = fc.uint8Array().map((one) => Buffer.from(one))
const damaged = fc.tuple(letter, fc.nat(), fc.nat({ max: 255 })).map(([job, at, byte]) => {
  job[at % job.length] = byte
  return job
})

describe('retryPayload', () => {
  it('says of any bytes what their text says', () => {
    fc.assert(
      fc.property(fc.oneof(object, letter, damaged, bytes), (job) => {
        expect(retryPayload(job).toString('latin1')).toBe(byText(job).toString('latin1'))
      }),
      { numRuns: Number(process.env.SLUICE_PROPERTY_RUNS ?? 3000) },
    )
  })

  it('cuts what the death added where it stands at the end', () => {
    const job = '{"id":"a","n":9007199254740993,"attempts":3,"failedAt":"2026-01-01","error":"say \\"no\\""}'
    expect(retryPayload(Buffer.from(job)).toString()).toBe('{"id":"a","n":9007199254740993,"attempts":0}')
    expect(retryPayload(Buffer.from('{"attempts": 12 , "x":1, "error":null }')).toString()).toBe(
      '{"attempts": 0 , "x":1 }',
    )
  })

  it('leaves alone what is no job', () => {
    for (const text of ['', 'none', '[1]', '{"a":1,"error":"x"', '{}', '{"a":01,"error":"x"}']) {
      expect(retryPayload(Buffer.from(text)).toString()).toBe(text)
    }
    const broken = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('","error":"x"}')])
    expect(retryPayload(broken)).toEqual(broken)
  })

  it('takes what the death added out of the middle and of the front', () => {
    expect(retryPayload(Buffer.from('{"error":1,"a":2,"failed_at":3,"b":4}')).toString()).toBe('{"a":2,"b":4}')
    expect(retryPayload(Buffer.from('{"error":1,"failedAt":2}')).toString()).toBe('{}')
  })
})
