import { describe, expect, it, vi } from 'vitest'
import { readToEnd } from './read-to-end.ts'

const numbers = (failure?: Error) => async () =>
  (async function* () {
    yield 1
    yield 2
    if (failure !== undefined) throw failure
    yield 3
    yield 4
  })()

describe('readToEnd', () => {
  it('tells each event, then that it is over', async () => {
    const seen: number[] = []
    const error = await new Promise((end) => {
      readToEnd(
        async () =>
          (async function* () {
            yield 1
            yield 2
          })(),
        { event: (event) => seen.push(event), end },
      )
    })
    expect([seen, error]).toEqual([[1, 2], null])
  })

  it('tells why it broke off, and does not begin again', async () => {
    const open = vi.fn(numbers(new Error('Redis is gone')))
    const error = await new Promise((end) => {
      readToEnd(open, { event: () => undefined, end })
    })
    expect(error).toEqual(new Error('Redis is gone'))
    expect(open).toHaveBeenCalledTimes(1)
  })

  it('tells nothing after it was stopped', async () => {
    const end = vi.fn()
    const seen: number[] = []
    await new Promise<void>((resolve) => {
      const stop = readToEnd(numbers(), {
        event: (event) => {
          seen.push(event)
          if (event === 2) {
            stop()
            resolve()
          }
        },
        end,
      })
    })
    await new Promise(setImmediate) // all that it would still tell is told by then
    expect(seen).toEqual([1, 2])
    expect(end).not.toHaveBeenCalled()
  })
})
