import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SluiceError } from '../../../domain/errors.ts'
import type { Command, Reply } from '../../../systems/handles.ts'
import type { Dedicated } from '../../redis/connection.ts'
import { Wake } from './wake.ts'

/** A connection on which a test decides when, and how, each blocking command ends. */
function fakeConnection() {
  const blocks: { command: Command; resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = []
  let opened = 0
  let closed = 0
  const dedicated: Dedicated = {
    call: async () => 7,
    run: async () => null,
    pipeline: async () => [],
    block: (_seconds, ...command) => new Promise((resolve, reject) => blocks.push({ command, resolve, reject })),
    close: () => closed++,
  }
  return {
    blocks,
    counts: () => ({ opened, closed }),
    connect: async () => {
      opened++
      return dedicated
    },
  }
}

/** What a promise came to, as a value that a test can look at; undefined while it is open. */
function watch<T>(promise: Promise<T>): { value?: T } {
  const seen: { value?: T } = {}
  void promise.then((value) => {
    seen.value = value
  })
  return seen
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('waiting for a list', () => {
  it('brings the job that was claimed', async () => {
    const { connect, blocks } = fakeConnection()
    const wake = new Wake(connect, 'q', 'claim')
    const next = watch(wake.next('claim', 5000))
    await vi.advanceTimersByTimeAsync(0)
    expect(blocks[0]?.command).toEqual(['BLMOVE', 'q', 'claim', 'LEFT', 'RIGHT', 5])
    expect([wake.isOut, next.value]).toEqual([true, undefined])
    blocks[0]?.resolve(Buffer.from('job'))
    await vi.advanceTimersByTimeAsync(0)
    expect([wake.isOut, next.value]).toEqual([false, Buffer.from('job')])
  })

  it('only looks where it may not claim', async () => {
    const { connect, blocks } = fakeConnection()
    const next = watch(new Wake(connect, 'q', 'claim').next('peek', 200))
    await vi.advanceTimersByTimeAsync(0)
    expect(blocks[0]?.command).toEqual(['BLMOVE', 'q', 'q', 'LEFT', 'LEFT', 0.2])
    blocks[0]?.resolve(Buffer.from('job'))
    await vi.advanceTimersByTimeAsync(0)
    expect(next.value).toBeNull()
  })

  it('comes back after a second where Redis does not let it block, on the same connection', async () => {
    const { connect, blocks, counts } = fakeConnection()
    const wake = new Wake(connect, 'q', 'claim')
    for (let round = 0; round < 3; round++) {
      const next = watch(wake.next('claim', 5000))
      await vi.advanceTimersByTimeAsync(0)
      blocks[round]?.reject(new SluiceError('REDIS_FULL'))
      await vi.advanceTimersByTimeAsync(999)
      expect(next.value).toBeUndefined()
      await vi.advanceTimersByTimeAsync(1)
      expect(next.value).toBeNull()
    }
    expect(counts()).toEqual({ opened: 1, closed: 0 })
  })
})

describe('ending a wait', () => {
  it('is certain once the server says that the command has ended', async () => {
    const { connect, blocks } = fakeConnection()
    const wake = new Wake(connect, 'q', 'claim')
    const next = watch(wake.next('claim', 5000))
    await vi.advanceTimersByTimeAsync(0)
    const unblocked: string[] = []
    const ended = watch(wake.interrupt(async (id) => (unblocked.push(id) > 1 ? 1 : 0)))
    await vi.advanceTimersByTimeAsync(0)
    // The first came before the command that it is to end.
    await vi.advanceTimersByTimeAsync(10)
    expect([unblocked, ended.value]).toEqual([['7', '7'], undefined])
    blocks[0]?.resolve(null)
    await vi.advanceTimersByTimeAsync(0)
    expect([next.value, ended.value]).toEqual([null, true])
    expect(await wake.interrupt(async () => {})).toBe(true)
  })

  it('is not certain where Redis refuses, or does not answer', async () => {
    const wake = new Wake(fakeConnection().connect, 'q', 'claim')
    void wake.next('claim', 5000)
    await vi.advanceTimersByTimeAsync(0)
    expect(await wake.interrupt(() => Promise.reject(new SluiceError('NO_PERMISSION')))).toBe(false)
    const ended = watch(wake.interrupt(async () => {}))
    await vi.advanceTimersByTimeAsync(1000)
    expect(ended.value).toBe(false)
  })

  it('lets nothing out that has not left yet', async () => {
    const { connect, blocks } = fakeConnection()
    const wake = new Wake(connect, 'q', 'claim')
    const next = watch(wake.next('claim', 5000))
    const ended = watch(wake.interrupt(async () => 0))
    await vi.advanceTimersByTimeAsync(0)
    expect([blocks.length, next.value, ended.value]).toEqual([0, null, true])
  })

  it('ends the pause of one that cannot block at once', async () => {
    const { connect, blocks } = fakeConnection()
    const wake = new Wake(connect, 'q', 'claim')
    const next = watch(wake.next('claim', 5000))
    await vi.advanceTimersByTimeAsync(0)
    blocks[0]?.reject(new SluiceError('REDIS_FULL'))
    await vi.advanceTimersByTimeAsync(1)
    void wake.interrupt(async () => {})
    await vi.advanceTimersByTimeAsync(0)
    expect(next.value).toBeNull()
  })

  it('leaves no connection behind once it is closed', async () => {
    const { connect, counts } = fakeConnection()
    const wake = new Wake(connect, 'q', 'claim')
    void wake.next('claim', 5000)
    await vi.advanceTimersByTimeAsync(0)
    wake.close()
    await vi.advanceTimersByTimeAsync(0)
    expect(counts()).toEqual({ opened: 1, closed: 1 })
  })
})
