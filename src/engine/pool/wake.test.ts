import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SluiceError } from '../../domain/errors.ts'
import type { Reply } from '../../systems/handles.ts'
import type { Dedicated } from '../redis/connection.ts'
import { Wake } from './wake.ts'

/** A connection on which a test decides when, and how, each blocking command ends. */
function fakeConnection() {
  const blocks: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = []
  let opened = 0
  let closed = 0
  const never = async () => null
  const dedicated: Dedicated = {
    call: never,
    run: never,
    pipeline: async () => [],
    block: () => new Promise((resolve, reject) => blocks.push({ resolve, reject })),
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

/** Whether a wait is over, as a value that a test can look at. */
function watch(wait: Promise<void>) {
  const state = { over: false }
  void wait.then(() => {
    state.over = true
  })
  return state
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('waiting for a list', () => {
  it('ends when the list has something', async () => {
    const { connect, blocks } = fakeConnection()
    const wait = watch(new Wake(connect, 'q').wait(null))
    await vi.advanceTimersByTimeAsync(1000)
    expect(wait.over).toBe(false)
    blocks[0]?.resolve(Buffer.from('job'))
    await vi.advanceTimersByTimeAsync(0)
    expect(wait.over).toBe(true)
  })

  it('ends when the next retry is due, and the next wait goes on with the command that is still out', async () => {
    const { connect, blocks } = fakeConnection()
    const wake = new Wake(connect, 'q')
    const first = watch(wake.wait(300))
    await vi.advanceTimersByTimeAsync(299)
    expect(first.over).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(first.over).toBe(true)
    const second = watch(wake.wait(null))
    await vi.advanceTimersByTimeAsync(100)
    expect(blocks).toHaveLength(1)
    blocks[0]?.resolve(null)
    await vi.advanceTimersByTimeAsync(0)
    expect(second.over).toBe(true)
  })

  it('ends when this worker itself has put something there that is due', async () => {
    const wake = new Wake(fakeConnection().connect, 'q')
    const wait = watch(wake.wait(null))
    wake.alarm(50)
    await vi.advanceTimersByTimeAsync(49)
    expect(wait.over).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(wait.over).toBe(true)
  })

  it('polls where Redis does not let it block, on the same connection', async () => {
    const { connect, blocks, counts } = fakeConnection()
    const wake = new Wake(connect, 'q')
    for (let round = 0; round < 3; round++) {
      const wait = watch(wake.wait(null))
      await vi.advanceTimersByTimeAsync(0)
      blocks[round]?.reject(new SluiceError('REDIS_FULL'))
      await vi.advanceTimersByTimeAsync(999)
      expect(wait.over).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect(wait.over).toBe(true)
    }
    expect(counts()).toEqual({ opened: 1, closed: 0 })
  })

  it('ends at once when it is closed, and leaves no connection behind', async () => {
    const { connect, counts } = fakeConnection()
    const wake = new Wake(connect, 'q')
    const wait = watch(wake.wait(null))
    wake.close()
    await vi.advanceTimersByTimeAsync(0)
    expect(wait.over).toBe(true)
    expect(counts()).toEqual({ opened: 1, closed: 1 })
    await wake.wait(null)
    expect(counts().opened).toBe(1)
  })
})
