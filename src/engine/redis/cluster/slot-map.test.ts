import { describe, expect, it } from 'vitest'
import { redirectionOf } from './redirection.ts'
import { mastersIn } from './slot-map.ts'

const used = { host: 'gate.example.org', port: 7000 }
const node = (host: string | null, port: number) => [host === null ? null : Buffer.from(host), port, Buffer.from('id')]
const replyError = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' })

describe('the view of a node', () => {
  it('names masters, their slots and replicas', () => {
    const reply = [
      [8192, 16_383, node('10.0.0.2', 6379)],
      [0, 100, node('10.0.0.1', 6379), node('10.0.0.3', 6379)],
      [200, 8191, node('10.0.0.1', 6379), node('10.0.0.3', 6379)],
    ]
    expect(mastersIn(reply, used)).toEqual(
      [
        { endpoint: { host: '10.0.0.2', port: 6379 }, ranges: [[8192, 16_383]], replicas: [] },
        {
          endpoint: { host: '10.0.0.1', port: 6379 },
          ranges: [
            [0, 100],
            [200, 8191],
          ],
          replicas: [{ host: '10.0.0.3', port: 6379 }],
        },
      ].toSorted((a, b) => (a.ranges[0]?.[0] ?? 0) - (b.ranges[0]?.[0] ?? 0)),
    )
  })

  it('takes the address that was used where a node does not know its own', () => {
    for (const host of [null, '', '?']) {
      expect(mastersIn([[0, 16_383, node(host, 7001)]], used)[0]?.endpoint).toEqual({ ...used, port: 7001 })
    }
  })

  it('passes over what it cannot make anything of', () => {
    for (const reply of [null, 'x', [], [null], [[0]], [[0, 99_999, node('a', 1)]], [[0, 5]], [[0, 5, node('a', 0)]]]) {
      expect(mastersIn(reply as never, used)).toEqual([])
    }
  })
})

describe('a redirection', () => {
  it('tells slot and place', () => {
    expect(redirectionOf(replyError('MOVED 3999 127.0.0.1:6381'), used)).toEqual({
      ...{ kind: 'moved', slot: 3999, to: { host: '127.0.0.1', port: 6381 } },
    })
    expect(redirectionOf(replyError('ASK 5 a.example.org:6381'), used)).toMatchObject({ kind: 'ask', slot: 5 })
    expect(redirectionOf(replyError('MOVED 1 2001:db8::1:6381'), used)).toMatchObject({
      to: { host: '2001:db8::1', port: 6381 },
    })
    expect(redirectionOf(replyError('MOVED 1 :6381'), used)).toMatchObject({ to: { ...used, port: 6381 } })
    expect(redirectionOf(replyError('MOVED 1 ?:6381'), used)).toMatchObject({ to: { ...used, port: 6381 } })
  })

  it('is only what a node answered itself', () => {
    expect(redirectionOf(new Error('MOVED 3999 127.0.0.1:6381'), used)).toBeNull()
    expect(redirectionOf(replyError('ERR MOVED 3999 127.0.0.1:6381'), used)).toBeNull()
    expect(redirectionOf('MOVED 3999 127.0.0.1:6381', used)).toBeNull()
    expect(redirectionOf(replyError('TRYAGAIN Multiple keys'), used)).toEqual({ kind: 'again' })
    expect(redirectionOf(replyError('CLUSTERDOWN Hash slot not served'), used)).toEqual({ kind: 'down' })
  })
})
