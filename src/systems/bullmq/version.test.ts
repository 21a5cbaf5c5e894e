import { describe, expect, it } from 'vitest'
import { statusOf } from './version.ts'

const meta = (paused: string | null, version: string | null) =>
  [paused, version].map((field) => (field === null ? null : Buffer.from(field)))

describe('the version that meta tells', () => {
  it('is that of the library, and one that Sluice knows', () => {
    for (const version of ['5.0.0', '5.81.5', '6.7.0', '6.0.0-rc.1']) {
      expect(statusOf(meta(null, `bullmq:${version}`), false)).toEqual({ paused: false, version, readOnly: null })
    }
    expect(statusOf(meta('1', 'bullmq:6.7.0'), false).paused).toBe(true)
  })
  it('may be absent, as on a queue that has only workers', () => {
    for (const reply of [meta(null, null), [], null, Buffer.from('x'), new Error('no'), meta(null, 'what'), 7]) {
      expect(statusOf(reply, false)).toEqual({ paused: false, version: null, readOnly: null })
    }
  })
  it('leaves alone what other versions wrote', () => {
    const sentence = (version: string, marker = false) => statusOf(meta(null, version), marker).readOnly
    expect(sentence('bullmq:7.1.0')).toBe('BullMQ 7.1.0 wrote here, which this Sluice does not know: it only reads.')
    expect(sentence('bullmq:4.18.3')).toMatch(/^BullMQ 4\.18\.3 wrote here/)
    expect(sentence('bullmq:60.0.0')).toMatch(/^BullMQ 60\.0\.0 wrote here/)
    expect(sentence('bullmq-pro:6.1.0')).toMatch(/^bullmq-pro 6\.1\.0 wrote here/)
    expect(sentence('bullmq:5.0.0', true)).toMatch(/^BullMQ 4 or older wrote here/)
  })
})
