import { readdirSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

/** One file that the window may load. */
export interface PageFile {
  /** Absolute path on disk. */
  readonly path: string
  readonly type: string
  /** Its name holds a hash of its content, so it may be kept for ever. */
  readonly hashed: boolean
}

/** By the exact path of the request ("/assets/index-Bx3.js"); "/" is the page itself. */
export type PageFiles = ReadonlyMap<string, PageFile>

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/**
 * Lists the built page once. Both shells serve from this list and nothing else: a request is looked up, never joined
 * to a folder, so no spelling of `..` can leave it. Files of an unknown type are left out. Throws when there is no page.
 */
export function readPageFiles(folder: string): PageFiles {
  const files = new Map<string, PageFile>()
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name)
    const type = types[extname(name)]
    if (type === undefined || !statSync(path).isFile()) continue
    const address = `/${relative(folder, path).split(sep).join('/')}`
    files.set(address, { path, type, hashed: address.startsWith('/assets/') })
  }
  const page = files.get('/index.html')
  if (page === undefined) throw new Error(`There is no page in ${folder}: run npm run build.`)
  files.set('/', page)
  return files
}

/** What the page may connect to: nothing in Electron (it has a MessagePort), its own server in the browser. */
export type PageConnect = "'none'" | "'self'"

/**
 * The headers of every file of the page. Job payloads and error texts are hostile, so the policy starts from nothing:
 * no inline script, no eval, no plug-in, no form, no other origin.
 *
 * `style-src-attr 'unsafe-inline'` is for the preview of e-mail messages: they style themselves by attributes, and
 * their `<iframe sandbox="" srcdoc>` inherits this policy. A style attribute can load nothing, because images and
 * fonts stay bound to 'self' and data:. `<style>` elements stay refused. `frame-src 'none'` does not touch srcdoc
 * frames, which have no address to fetch.
 */
export function pageHeaders(file: PageFile, connect: PageConnect): Record<string, string> {
  return {
    'Content-Type': file.type,
    'Cache-Control': file.hashed ? 'private, max-age=31536000, immutable' : 'no-store',
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "style-src-attr 'unsafe-inline'",
      "img-src 'self' data:",
      "font-src 'self' data:",
      `connect-src ${connect}`,
      "frame-src 'none'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  }
}
