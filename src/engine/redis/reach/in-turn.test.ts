import { describe, expect, it } from 'vitest'
import { inTurn } from './in-turn.ts'

const never = () => new Promise<never>(() => {})
const wrong = (text: string) => Promise.reject(new Error(text))

describe('inTurn', () => {
  it('asks the second only when the first failed', async () => {
    const asked: string[] = []
    const answer = await inTurn(['a', 'b', 'c'], (item) => {
      asked.push(item)
      return item === 'a' ? wrong('no') : Promise.resolve(item.toUpperCase())
    })
    expect([answer, asked]).toEqual(['B', ['a', 'b']])
  })

  it('asks on while the first is silent, and takes its answer all the same', async () => {
    let answerFirst = (_: string) => {}
    const first = new Promise<string>((resolve) => (answerFirst = resolve))
    const answer = await inTurn(
      ['a', 'b'],
      (item) => {
        if (item === 'a') return first
        answerFirst('late')
        return never()
      },
      { afterMs: 1 },
    )
    expect(answer).toBe('late')
  })

  it('throws all errors in order when nobody answered', async () => {
    const none = inTurn(['a', 'b'], (item) => (item === 'a' ? wrong('one') : wrong('two')))
    await expect(none).rejects.toMatchObject({ errors: [{ message: 'one' }, { message: 'two' }] })
    await expect(inTurn([], never)).rejects.toBeInstanceOf(AggregateError)
  })

  it('ends at an error that is final', async () => {
    const asked: string[] = []
    const ended = inTurn(
      ['a', 'b'],
      (item) => {
        asked.push(item)
        return wrong(item)
      },
      { final: () => true },
    )
    await expect(ended).rejects.toThrow('a')
    expect(asked).toEqual(['a'])
  })
})
