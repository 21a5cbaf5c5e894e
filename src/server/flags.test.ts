import { expect, test } from 'vitest'
import { readFlags } from './flags.ts'
import { browserCommand } from './open-browser.ts'

test('reads what npm start passes on', () => {
  expect(readFlags([])).toEqual({ port: 0, open: true, demo: false, api: null })
  expect(readFlags(['--demo', '--no-open', '--port', '8080'])).toEqual({
    ...{ port: 8080, open: false, demo: true, api: null },
  })
  expect(readFlags(['--api']).api).toBe(0)
  expect(readFlags(['--api', '--api-port=7000']).api).toBe(7000)
  expect(readFlags(['--api-port=7000']).api).toBeNull()
})

test.each([['--port', 'x'], ['--port', '70000'], ['--port=-1'], ['--prot', '1'], ['--api-port', 'x']])(
  'refuses %s %s',
  (...args) => {
    expect(() => readFlags(args)).toThrow()
  },
)

test('opens a browser only where there is a display, and never through a shell', () => {
  const address = 'http://127.0.0.1:1/?token=a&b'
  expect(browserCommand(address, 'linux', {})).toBeNull()
  expect(browserCommand(address, 'linux', { WAYLAND_DISPLAY: 'wayland-0' })?.command).toBe('xdg-open')
  expect(browserCommand(address, 'darwin', {})).toEqual({ command: 'open', args: [address] })
  expect(browserCommand(address, 'win32', {})?.args.at(-1)).toBe(address)
})
