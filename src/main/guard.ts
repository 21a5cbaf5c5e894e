import { app, type Session, type WebContents } from 'electron'
import { openExternal } from './external-link.ts'
import { isPageAddress, pageAddress } from './page-protocol.ts'

/**
 * What no content of this app may do, whoever made it: leave the page, open a window, attach a webview. A link that
 * wants a new window is offered to the browser by `openExternal`, which has the last word.
 */
export function guardContents(): void {
  app.on('web-contents-created', (_event, contents) => guard(contents))
}

function guard(contents: WebContents): void {
  contents.on('will-navigate', (event) => {
    if (!isPageAddress(event.url)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-frame-navigate', (event) => {
    // about:srcdoc is the preview of a message: a frame whose text the page itself wrote, sandboxed and without scripts.
    const allowed = event.isMainFrame ? isPageAddress(event.url) : event.url === 'about:srcdoc'
    if (!allowed) event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.on('select-bluetooth-device', (event, _devices, answer) => {
    event.preventDefault()
    answer('')
  })
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp') // no policy of a page stands in the way of its packets
  contents.setWindowOpenHandler(({ url }) => {
    openExternal(url)
    return { action: 'deny' }
  })
}

/** Everything that reaches out of the computer; the page has no business with any of it. */
const outside = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*']

/**
 * Denies every permission but writing text to the clipboard (Electron grants all of them by default; the request and
 * the check are two different doors), every device and every download that the page did
 * not make itself, and cancels every request that would leave the app.
 */
export function guardSession(session: Session): void {
  const allowed = (permission: string, origin: string) =>
    permission === 'clipboard-sanitized-write' && isPageAddress(origin)
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(allowed(permission, details.requestingUrl)),
  )
  session.setPermissionCheckHandler((_contents, permission, origin) => allowed(permission, origin))
  session.setDevicePermissionHandler(() => false)
  session.on('select-hid-device', (event, _details, answer) => {
    event.preventDefault()
    answer(null)
  })
  session.on('select-serial-port', (event, _ports, _contents, answer) => {
    event.preventDefault()
    answer('')
  })
  session.on('select-usb-device', (event, _details, answer) => {
    event.preventDefault()
    answer()
  })
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}))
  session.on('will-download', (event, item) => {
    // What the page itself made is saved where the person says; nothing is fetched.
    if (!item.getURL().startsWith(`blob:${pageAddress}`)) event.preventDefault()
  })
  session.webRequest.onBeforeRequest({ urls: outside }, (_details, answer) => answer({ cancel: true }))
}
