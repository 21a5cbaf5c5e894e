import { describe, expect, it } from 'vitest'
import type { SystemInfo } from '../../../domain/queue.ts'
import { scopePatch, scopeWords, wantedOf } from './search-question.model.ts'

const queue = { system: 'plain-list', prefix: 'queue:', name: 'mail' } as const
const systems = [{ id: 'plain-list', states: [{ id: 'dead', label: 'Dead letters' }] }] as unknown as SystemInfo[]
const urlOf = (patch: Record<string, string | null>) =>
  new URLSearchParams(Object.entries(patch).filter((entry): entry is [string, string] => entry[1] !== null))

describe('the question of an address', () => {
  it('comes back from the address that it makes', () => {
    expect(wantedOf(urlOf({ q: 'a = 1', ...scopePatch(queue, 'dead', null) }))).toEqual({
      filter: 'a = 1',
      queue,
      state: 'dead',
      kinds: [],
    })
    expect(wantedOf(urlOf(scopePatch(null, null, 'failed'))).kinds).toEqual(['failed'])
  })

  it('leaves out what makes no sense', () => {
    expect(wantedOf(urlOf({ queue: '%', state: 'dead', kind: 'nonsense' }))).toEqual({
      filter: '',
      queue: null,
      state: null,
      kinds: [],
    })
    expect(wantedOf(urlOf({ ...scopePatch(queue, null, null), kind: 'failed' })).kinds).toEqual([])
  })

  it.each([
    [{ filter: '', queue: null, state: null, kinds: [] }, 'all queues'],
    [{ filter: '', queue: null, state: null, kinds: ['failed' as const] }, 'the failed jobs of all queues'],
    [{ filter: '', queue, state: null, kinds: [] }, 'mail'],
    [{ filter: '', queue, state: 'dead', kinds: [] }, 'mail, Dead letters'],
    [{ filter: '', queue, state: 'odd', kinds: [] }, 'mail, odd'],
  ])('%o looks in %s', (wanted, words) => expect(scopeWords(wanted, systems)).toBe(words))
})
