import { describe, expect, it } from 'vitest'
import type { QueueRef, SystemId } from '../../domain/queue.ts'
import type { QueueSystem } from '../../systems/system.ts'
import { type Claim, settleClaims } from './claims.ts'

const system = (id: SystemId) =>
  ({ id, keysOf: ({ prefix, name }: QueueRef) => [{ key: `${prefix}${name}`, state: 'waiting' }] }) as QueueSystem
const systems = [system('plain-list'), system('bull'), system('bullmq')]
const claim = (id: SystemId, name: string, by: Claim['by'] = 'seen'): Claim => ({
  queue: { system: id, prefix: 'p:', name },
  by,
})
const settled = (claims: Claim[], trustSeen = true) =>
  settleClaims(claims, systems, trustSeen)
    .map((queue) => `${queue.system} ${queue.name}`)
    .sort()

describe('settleClaims', () => {
  it('keeps claims to unlike keys', () => {
    expect(settled([claim('bull', 'a'), claim('bullmq', 'b'), claim('plain-list', 'c')])).toEqual([
      'bull a',
      'bullmq b',
      'plain-list c',
    ])
  })
  it('gives a key that two systems claim to the later, more specific one', () => {
    expect(settled([claim('bullmq', 'a'), claim('plain-list', 'a'), claim('bull', 'a')])).toEqual(['bullmq a'])
  })
  it('gives it first to what a person named', () => {
    expect(settled([claim('bullmq', 'a'), claim('plain-list', 'a', 'hand')])).toEqual(['plain-list a'])
  })
  it('lets what was seen beat what is remembered, but only after a whole sweep', () => {
    const claims = [claim('bull', 'a'), claim('bullmq', 'a', 'before')]
    expect(settled(claims, true)).toEqual(['bull a'])
    expect(settled(claims, false)).toEqual(['bullmq a'])
  })
  it('names a queue once, and none of a system that is not there', () => {
    expect(settled([claim('bull', 'a'), claim('bull', 'a', 'before'), claim('laravel', 'x')])).toEqual(['bull a'])
  })
})
