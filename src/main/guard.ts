import { app, type Session, type WebContents } from 'electron'
import { openExternal } from './external-link.ts'
import { isPageAddress } from './page-protocol.ts'

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
  contents.setWindowOpenHandler(({ url }) => {
    openExternal(url)
    return { action: 'deny' }
  })
}

/** Everything that reaches out of the computer; the page has no business with any of it. */
const outside = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*']

/**
 * Denies every permission but writing text to the clipboard (Electron grants all of them by default; the request and
 * the check are two different doors), and cancels every request that would leave the app.
 */
export function guardSession(session: Session): void {
  const allowed = (permission: string, origin: string) =>
    permission === 'clipboard-sanitized-write' && isPageAddress(origin)
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(allowed(permission, details.requestingUrl)),
  )
  session.setPermissionCheckHandler((_contents, permission, origin) => allowed(permission, origin))
  session.setDevicePermissionHandler(() => false)
  session.webRequest.onBeforeRequest({ urls: outside }, (_details, answer) => answer({ cancel: true }))
}
