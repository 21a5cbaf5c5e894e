import { beforeEach, expect, test, vi } from 'vitest'
import { openExternal } from './external-link.ts'

const opened = vi.hoisted(() => vi.fn())
vi.mock('electron', () => ({ shell: { openExternal: opened } }))

beforeEach(() => opened.mockReset())

test('opens the sites that the console links to', () => {
  openExternal('https://redis.io/docs/latest/develop/reference/eviction/')
  expect(opened).toHaveBeenCalledOnce()
})

test.each([
  'http://redis.io/',
  'https://redis.io.evil.example/',
  'https://redis.io@evil.example/',
  'https://user:word@redis.io/',
  'https://redis.io:8443/',
  'https://example.com/',
  'file:///etc/passwd',
  'smb://redis.io/share',
  'javascript:alert(1)',
  'ms-settings:privacy',
  'mailto:a@redis.io',
  'redis.io',
  '',
])('does nothing for %s', (address) => {
  openExternal(address)
  expect(opened).not.toHaveBeenCalled()
})
