import { describe, expect, it } from 'vitest'
import { LineOfTakers } from './line-of-takers.ts'

/** Waits until all that could go on did. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a line of takers', () => {
  it('lets as many take as may, and the next when one has', async () => {
    const line = new LineOfTakers()
    const got: number[] = []
    const ends: ((() => void) | null)[] = []
    for (let i = 0; i < 4; i++) {
      void line
        .turn(
          () => 2,
          () => false,
        )
        .then((end) => {
          got.push(i)
          ends.push(end)
        })
    }
    await settled()
    expect(got).toEqual([0, 1])
    ends[0]?.()
    await settled()
    expect(got).toEqual([0, 1, 2])
    ends[1]?.()
    ends[2]?.()
    await settled()
    expect(got).toEqual([0, 1, 2, 3])
  })

  it('sends away who is not wanted any more, and calls the next in his place', async () => {
    const line = new LineOfTakers()
    const one = () => 1
    const first = await line.turn(one, () => false)
    let wanted = true
    const leaves = line.turn(one, () => !wanted)
    const stays = line.turn(one, () => false)
    wanted = false
    first?.()
    expect(await leaves).toBeNull()
    expect(await stays).not.toBeNull()
  })

  it('sends all away at once', async () => {
    const line = new LineOfTakers()
    await line.turn(
      () => 1,
      () => false,
    )
    let wanted = true
    const waiting = [1, 2, 3].map(() =>
      line.turn(
        () => 1,
        () => !wanted,
      ),
    )
    wanted = false
    line.wakeAll()
    expect(await Promise.all(waiting)).toEqual([null, null, null])
  })
})
