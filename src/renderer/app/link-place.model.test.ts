import { expect, it } from 'vitest'
import { linkPlace, linkRoute } from './link-place.model.ts'

const queue = { system: 'bullmq', prefix: 'bull', name: 'a&b#c\u202e' } as const
const link = { connectionId: 'a/b', queue, state: 'failed' }

it('goes to the queue, its state, or the connection', () => {
  expect(linkRoute({ ...link, queue: null })).toBe('/c/a%2Fb/overview')
  const [path, search] = linkRoute(link).split('?')
  expect(path).toBe('/c/a%2Fb/queue')
  const params = new URLSearchParams(search)
  expect([params.get('state'), decodeURIComponent(params.get('queue') ?? '')]).toEqual([
    'failed',
    'bullmq/bull/a&b#c\u202e',
  ])
})
it('opens nothing by itself', () => {
  expect(linkPlace(link, true)).toEqual({ kind: 'there', route: linkRoute(link) })
  expect(linkPlace(link, false)).toEqual({ kind: 'closed', route: '/profiles?focus=a%2Fb' })
  expect(linkPlace(link, null)).toEqual({ kind: 'unknown' })
})
