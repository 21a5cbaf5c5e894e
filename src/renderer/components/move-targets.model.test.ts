import { describe, expect, it } from 'vitest'
import type { QueueRef } from '../../domain/queue.ts'
import { moveTargets } from './move-targets.model.ts'

const queue = (name: string, system: QueueRef['system'] = 'plain-list'): QueueRef => ({
  system,
  prefix: 'queue:',
  name,
})
const all = [queue('email'), queue('email-slow'), queue('slow-mail'), queue('sms'), queue('wait', 'bullmq')]
const names = (typed: string) =>
  moveTargets(all, queue('email'), typed).map(({ queue: { name }, isNew }) => `${name}${isNew ? ' (new)' : ''}`)

describe('moveTargets', () => {
  it('offers the other queues of the system', () => expect(names('')).toEqual(['email-slow', 'slow-mail', 'sms']))
  it('puts what begins with the text first, and the new name last', () =>
    expect(names('slow')).toEqual(['slow-mail', 'email-slow', 'slow (new)']))
  it('offers no new queue where one has that name', () => expect(names('sms')).toEqual(['sms']))
  it('never offers the queue itself', () => expect(names('email')).toEqual(['email-slow']))
})

describe('queues of another connection', () => {
  const told = (from: QueueRef | null, typed: string) =>
    moveTargets(all, from, typed, true).map(({ queue: { name }, isNew }) => `${name}${isNew ? ' (new)' : ''}`)
  it('offers the one of the same name, too, and new ones', () => {
    expect(told(queue('email'), 'email')).toEqual(['email', 'email-slow'])
    expect(told(queue('gone'), 'gone')).toEqual(['gone (new)'])
  })
  it('offers those of every system where nobody knows from which queue, and makes none', () => {
    expect(told(null, '')).toEqual(['email', 'email-slow', 'slow-mail', 'sms', 'wait'])
    expect(told(null, 'new-one')).toEqual([])
  })
})
