import { readFile } from 'node:fs/promises'
import { type CustomScheme, protocol } from 'electron'
import { type PageFiles, pageHeaders } from '../engine/page/page-files.ts'

/** Where the page lives: a scheme of our own, because file:// would give it the whole disk as its origin. */
export const pageAddress = 'app://console/'

const scheme: CustomScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
}

/** Must run before the ready event, and once: a second call replaces the first. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([scheme])
}

/** Whether an address is our own page, whatever its path. */
export function isPageAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  return url.protocol === 'app:' && url.host === 'console'
}

/** What the scheme answers: a file of the list with its headers, else an empty 4xx. */
export async function answerPageRequest(files: PageFiles, method: string, address: string): Promise<Response> {
  if (!isPageAddress(address)) return new Response(null, { status: 404 })
  if (method !== 'GET' && method !== 'HEAD') return new Response(null, { status: 405, headers: { Allow: 'GET, HEAD' } })
  const file = files.get(new URL(address).pathname)
  if (file === undefined) return new Response(null, { status: 404 })
  const body = method === 'HEAD' ? null : new Uint8Array(await readFile(file.path))
  return new Response(body, { headers: pageHeaders(file, "'none'") })
}

/** Serves the page's files under `app://console/`; needs the ready event. */
export function servePage(files: PageFiles): void {
  protocol.handle('app', (request) => answerPageRequest(files, request.method, request.url))
}
