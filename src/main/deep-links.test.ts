import { expect, test, vi } from 'vitest'
import { DeepLinks, linkOf } from './deep-links.ts'

const engine = () => ({ follow: vi.fn(), tell: vi.fn() })
const place = { connectionId: 'a1', queue: null, state: null }

test('a link waits until the engine is up, and only the newest one', () => {
  const links = new DeepLinks()
  links.open('sluice://open?profile=a0')
  links.open('sluice://open?profile=a1')
  const served = engine()
  links.serve(served)
  expect(served.follow.mock.calls).toEqual([[place]])
  links.open('sluice://open?profile=a1')
  expect(served.follow).toHaveBeenCalledTimes(2)
})

test('what is no link is told of, without a word of it', () => {
  const links = new DeepLinks()
  const served = engine()
  links.serve(served)
  links.open('sluice://purge?profile=a1&host=evil.example')
  expect(served.follow).not.toHaveBeenCalled()
  expect(served.tell).toHaveBeenCalledOnce()
  expect(JSON.stringify(served.tell.mock.calls)).not.toContain('evil')
})

test.each([[null], [undefined], [7], [{ link: 'sluice://open?profile=a1' }]])(
  '%o from a second start is nothing',
  (text) => {
    const links = new DeepLinks()
    const served = engine()
    links.serve(served)
    links.open(text)
    expect(served.follow).not.toHaveBeenCalled()
    expect(served.tell).not.toHaveBeenCalled()
  },
)

test('the command line has one link at most', () => {
  expect(linkOf(['sluice', '--', 'sluice://open?profile=a1'])).toBe('sluice://open?profile=a1')
  expect(linkOf(['sluice', '--'])).toBeNull()
  expect(linkOf(['sluice', 'sluice://open?profile=a1'])).toBeNull()
  expect(linkOf(['sluice', '--', 'sluice://open?profile=a1', '--demo'])).toBeNull()
})
