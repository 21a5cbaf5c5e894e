import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../domain/errors.ts'
import { followStream, type StreamState } from './follow-stream.ts'

/** A source that plays one script an opening, and a log of what the follower made of it. */
function play(scripts: (() => AsyncGenerator<number>)[]) {
  const controller = new AbortController()
  const events: number[] = []
  const states: StreamState[] = []
  const pauses: number[] = []
  let opened = 0
  const done = followStream(
    async () => {
      const script = scripts[opened++]
      if (script === undefined) {
        controller.abort()
        throw new Error('the play is over')
      }
      return script()
    },
    { event: (event) => events.push(event), state: (state) => states.push(state) },
    controller.signal,
    async (ms) => void pauses.push(ms),
  )
  return { done, events, states, pauses, controller }
}

async function* fails(error: unknown): AsyncGenerator<number> {
  yield* []
  throw error
}

async function* yields(...values: number[]) {
  yield* values
}

describe('followStream', () => {
  it('opens a stream again that ended or broke, and starts over with short pauses once it is live', async () => {
    const play1 = play([
      () => yields(1),
      async function* () {
        yield 2
        throw new Error('the line was cut')
      },
      () => yields(3),
    ])
    await play1.done
    expect(play1.events).toEqual([1, 2, 3])
    expect(play1.pauses).toEqual([200, 200, 200])
    expect(play1.states.map(({ phase }) => phase)).not.toContain('failed')
  })

  it('waits longer and longer for one that does not come up', async () => {
    const { done, pauses } = play(Array.from({ length: 7 }, () => () => fails(new Error('no'))))
    await done
    expect(pauses).toEqual([200, 400, 800, 1600, 3200, 5000, 5000])
  })

  it('reports an error that the engine names, and asks again only slowly when that will not pass by itself', async () => {
    const { done, states, pauses } = play([() => fails(new SluiceError('NOT_OPEN')), () => yields(1)])
    await done
    expect(states.map(({ phase }) => phase)).toEqual(['opening', 'failed', 'live', 'opening'])
    expect(pauses[0]).toBe(5000)
  })

  it('says nothing more once it is aborted', async () => {
    const events: number[] = []
    const controller = new AbortController()
    await followStream(
      async () => yields(1, 2, 3),
      {
        event: (event) => {
          events.push(event)
          controller.abort()
        },
        state: () => {},
      },
      controller.signal,
    )
    expect(events).toEqual([1])
  })
})
