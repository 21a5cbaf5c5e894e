import { EventEmitter } from 'node:events'
import type { Session } from 'electron'
import { beforeEach, expect, test, vi } from 'vitest'
import { guardContents, guardSession } from './guard.ts'

const electron = vi.hoisted(() => ({
  made: (_event: unknown, _contents: unknown) => {},
  openExternal: vi.fn(),
}))
vi.mock('electron', () => ({
  app: { on: (_name: string, listener: typeof electron.made) => (electron.made = listener) },
  shell: { openExternal: electron.openExternal },
  protocol: {},
}))

/** The contents of a window as the guard sees them. */
function newContents() {
  type Answer = { action: string }
  const set = { openWindow: (_details: { url: string }): Answer => ({ action: 'allow' }), webRtc: '' }
  const contents = Object.assign(new EventEmitter(), {
    setWindowOpenHandler: (handler: typeof set.openWindow) => (set.openWindow = handler),
    setWebRTCIPHandlingPolicy: (policy: string) => (set.webRtc = policy),
  })
  guardContents()
  electron.made({}, contents)
  const isPrevented = (name: string, more: object = {}) => {
    const event = { ...more, preventDefault: vi.fn() }
    contents.emit(name, event)
    return event.preventDefault.mock.calls.length > 0
  }
  return { contents, set, isPrevented }
}

beforeEach(() => electron.openExternal.mockReset())

const outside = [
  'https://example.com/',
  'http://console/',
  'file:///etc/passwd',
  'data:text/html,x',
  'javascript:alert(1)',
  'blob:app://console/x',
  'app://other/',
  'app://console.example.com/',
  'app://user@console.example.com/',
  'about:blank',
  'chrome://settings',
  'devtools://devtools/',
  '',
]

test.each(outside)('no frame goes to %s', (url) => {
  const { isPrevented } = newContents()
  expect(isPrevented('will-navigate', { url })).toBe(true)
  expect(isPrevented('will-frame-navigate', { url, isMainFrame: true })).toBe(true)
  expect(isPrevented('will-frame-navigate', { url, isMainFrame: false })).toBe(true)
})

test('the page may go to itself, and a frame to what the page wrote', () => {
  const { isPrevented } = newContents()
  expect(isPrevented('will-navigate', { url: 'app://console/#/queues' })).toBe(false)
  expect(isPrevented('will-frame-navigate', { url: 'app://console/', isMainFrame: true })).toBe(false)
  expect(isPrevented('will-frame-navigate', { url: 'app://console/', isMainFrame: false })).toBe(true)
  expect(isPrevented('will-frame-navigate', { url: 'about:srcdoc', isMainFrame: false })).toBe(false)
  expect(isPrevented('will-frame-navigate', { url: 'about:srcdoc', isMainFrame: true })).toBe(true)
})

test('nothing is redirected, and no webview attaches', () => {
  const { isPrevented } = newContents()
  expect(isPrevented('will-redirect', { url: 'app://console/' })).toBe(true)
  expect(isPrevented('will-attach-webview')).toBe(true)
})

test('no window opens; a link to a known site is for the browser', () => {
  const { set } = newContents()
  for (const url of [...outside, 'app://console/']) expect(set.openWindow({ url })).toEqual({ action: 'deny' })
  expect(electron.openExternal).not.toHaveBeenCalled()
  expect(set.openWindow({ url: 'https://redis.io/docs/' })).toEqual({ action: 'deny' })
  expect(electron.openExternal).toHaveBeenCalledOnce()
})

/** The session as the guard sees it, with all that it can be asked. */
function newSession() {
  const set: Record<string, (...given: never[]) => unknown> = {}
  const keep = (name: string) => (handler: (typeof set)[string]) => (set[name] = handler)
  const session = Object.assign(new EventEmitter(), {
    setPermissionRequestHandler: keep('request'),
    setPermissionCheckHandler: keep('check'),
    setDevicePermissionHandler: keep('device'),
    setDisplayMediaRequestHandler: keep('display'),
    webRequest: {
      onBeforeRequest: (filter: unknown, handler: (typeof set)[string]) => Object.assign(set, { filter, handler }),
    },
  })
  guardSession(session as unknown as Session)
  const call = (name: string, ...given: unknown[]) => (set[name] as (...given: unknown[]) => unknown)(...given)
  const asked = (permission: string, requestingUrl: string) => {
    const answer = vi.fn()
    call('request', {}, permission, answer, { requestingUrl })
    return answer.mock.calls[0]?.[0]
  }
  return { session, set, call, asked }
}

const permissions = [
  ...[
    'clipboard-read',
    'display-capture',
    'fullscreen',
    'geolocation',
    'hid',
    'idle-detection',
    'media',
    'mediaKeySystem',
  ],
  ...['midi', 'midiSysex', 'notifications', 'openExternal', 'pointerLock', 'serial', 'storage-access', 'usb'],
  ...['fileSystem', 'speaker-selection', 'top-level-storage-access', 'window-management', 'keyboardLock', 'unknown'],
  ...['deprecated-sync-clipboard-read', 'accessibility-events', 'background-sync', 'persistent-storage', 'sensors'],
]

test.each(permissions)('%s is denied to all, at both doors', (permission) => {
  const { call, asked } = newSession()
  expect(asked(permission, 'app://console/')).toBe(false)
  expect(call('check', null, permission, 'app://console')).toBe(false)
})

test('only the page may write to the clipboard', () => {
  const { call, asked } = newSession()
  expect(asked('clipboard-sanitized-write', 'app://console/#/x')).toBe(true)
  expect(call('check', null, 'clipboard-sanitized-write', 'app://console/')).toBe(true)
  for (const other of ['https://example.com/', 'app://other/', 'null', '']) {
    expect(asked('clipboard-sanitized-write', other)).toBe(false)
    expect(call('check', null, 'clipboard-sanitized-write', other)).toBe(false)
  }
})

test('no device is chosen, and no screen is shared', () => {
  const { session, call } = newSession()
  const { contents } = newContents()
  expect(call('device', { deviceType: 'hid' })).toBe(false)
  const shared = vi.fn()
  call('display', {}, shared)
  expect(shared).toHaveBeenCalledWith({})
  const choose = (from: EventEmitter, name: string, ...given: unknown[]) => {
    const [event, answer] = [{ preventDefault: vi.fn() }, vi.fn()]
    from.emit(name, event, ...given, answer)
    expect(event.preventDefault, name).toHaveBeenCalledOnce()
    return answer.mock.calls[0]?.[0] || null
  }
  expect(choose(session, 'select-hid-device', { deviceList: [{ deviceId: 'x' }] })).toBeNull()
  expect(choose(session, 'select-usb-device', { deviceList: [{ deviceId: 'x' }] })).toBeNull()
  expect(choose(session, 'select-serial-port', [{ portId: 'x' }], {})).toBeNull()
  expect(choose(contents, 'select-bluetooth-device', [{ deviceId: 'x' }])).toBeNull()
})

test('only what the page made is saved', () => {
  const { session } = newSession()
  const isPrevented = (url: string) => {
    const event = { preventDefault: vi.fn() }
    session.emit('will-download', event, { getURL: () => url })
    return event.preventDefault.mock.calls.length > 0
  }
  expect(isPrevented('blob:app://console/7a')).toBe(false)
  for (const url of [
    'https://example.com/x',
    'blob:https://example.com/x',
    'file:///etc/passwd',
    'app://console/index.html',
  ]) {
    expect(isPrevented(url)).toBe(true)
  }
})

test('every request that reaches out of the computer is cancelled', () => {
  const { set, call } = newSession()
  const answer = vi.fn()
  call('handler', { url: 'https://example.com/' }, answer)
  expect(answer).toHaveBeenCalledWith({ cancel: true })
  const { urls } = set.filter as unknown as { urls: string[] }
  for (const scheme of ['http', 'https', 'ws', 'wss', 'ftp', 'file']) expect(urls).toContain(`${scheme}://*/*`)
})
