import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { layout as bull } from '../../bull/keys.ts'
import { layout as bullmq } from '../../bullmq/keys.ts'
import { isState } from './layout.ts'
import { markOf, parseRef, refOf } from './refs.ts'

describe('refs', () => {
  it('hold any id, text or not, with a mark or without', () => {
    for (const id of ['1', 'order:7', 'repeat:abc:123', 'a~b', '*:', 'صف\n', '0123abcd:1']) {
      for (const mark of ['', '0123abcd']) {
        const seen = { state: 'delayed', stamp: '7353646539223049', mark, id: Buffer.from(id) }
        expect(parseRef(bull, refOf(seen))).toEqual(seen)
      }
    }
    const seen = { state: 'failed', stamp: '', mark: '', id: Buffer.from([0xff, 0x00, 0x3a]) }
    expect(parseRef(bull, refOf(seen))).toEqual(seen)
  })
  it('name a state of their own layout, or a view', () => {
    const seen = { stamp: '1', mark: '', id: Buffer.from('7') }
    for (const state of ['wait', 'prioritized', 'waiting-children', 'stalled', 'orphans']) {
      expect(parseRef(bullmq, refOf({ ...seen, state })), state).toEqual({ ...seen, state })
    }
    expect(parseRef(bullmq, 'waiting:1::7')).toBeNull()
    expect(parseRef(bull, 'wait:1::7')).toBeNull()
  })
  it('are nothing else', () => {
    for (const text of [
      '',
      'failed',
      'failed:::',
      'failed:1::',
      'failed:1:1',
      'nowhere:1::1',
      'failed:x::1',
      'failed:1:xyz:1',
    ]) {
      expect(parseRef(bull, text), text).toBeNull()
    }
    expect(isState(bull, 'constructor')).toBe(false)
  })
})

describe('marks', () => {
  const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').slice(0, 8)
  it('digest a payload whole, and of a large one its ends and its size', () => {
    const text = 'a'.repeat(2048) + 'b'.repeat(2048)
    expect(markOf(Buffer.from(text))).toBe(sha1(text))
    expect(markOf(Buffer.from(`${text.slice(0, 2048)}x${text.slice(2048)}`))).toBe(sha1(`${text}4097`))
    expect(markOf(Buffer.alloc(0))).toBe(sha1(''))
  })
})
