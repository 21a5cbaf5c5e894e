import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Link } from '../../domain/link.ts'
import { Links } from './links.ts'

const to = (connectionId: string): Link => ({ connectionId, queue: null, state: null })
let reading: AbortController
beforeEach(() => {
  reading = new AbortController()
})
afterEach(() => reading.abort())

test('a link waits for the first window, and only the newest one', async () => {
  const links = new Links()
  links.follow(to('a'))
  links.follow(to('b'))
  const window = links.read(reading.signal)
  expect((await window.next()).value).toEqual(to('b'))
  const other = links.read(reading.signal)
  const next = other.next() // a second window is not sent to where the first one went
  links.follow(to('c'))
  expect((await next).value).toEqual(to('c'))
  expect((await window.next()).value).toEqual(to('c'))
})

test('a link that comes between two reads is not lost', async () => {
  const links = new Links()
  links.follow(to('a'))
  const window = links.read(reading.signal)
  await window.next()
  links.follow(to('b'))
  expect((await window.next()).value).toEqual(to('b'))
})
