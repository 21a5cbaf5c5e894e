import { SluiceError } from './errors.ts'
import { type Link, linkSchema } from './link.ts'
import { parseQueueKey, queueKey } from './queue.ts'

/** The scheme of links that lead into Sluice. */
export const linkScheme = 'sluice'

const known: ReadonlySet<string> = new Set(['profile', 'queue', 'state'])
/** Prefix and name of a queue may have 500 characters each, of up to nine characters once they are escaped twice. */
const longest = 16_384

/**
 * Reads `sluice://open?profile=<id>&queue=<system>/<prefix>/<name>&state=<state>`, in which only the profile must be. The
 * text comes from anywhere: what is not exactly of this form is refused as a whole, so that a link can name a place that
 * is here and nothing else. Throws BAD_URL.
 */
export function readLink(text: string): Link {
  if (text.length > longest || !URL.canParse(text)) throw refused()
  const url = new URL(text)
  const bare = url.username === '' && url.password === '' && url.port === '' && url.hash === ''
  const isPlace = url.protocol === `${linkScheme}:` && url.host === 'open' && ['', '/'].includes(url.pathname)
  const keys = [...url.searchParams.keys()]
  const isClean = new Set(keys).size === keys.length && keys.every((key) => known.has(key))
  if (!bare || !isPlace || !isClean) throw refused()

  const key = url.searchParams.get('queue')
  const queue = key === null ? null : parseQueueKey(key)
  // What is read back must be what was written: no fourth part, no other spelling of the same.
  if (key !== null && (queue === null || queueKey(queue) !== key)) throw refused()
  const state = url.searchParams.get('state')
  if (state !== null && queue === null) throw refused()
  const link = linkSchema.safeParse({ connectionId: url.searchParams.get('profile'), queue, state })
  if (!link.success || !isId(link.data.connectionId) || (state !== null && !isId(state))) throw refused()
  return link.data
}

/** The link to a place, as text that `readLink` reads. */
export function linkText({ connectionId, queue, state }: Link): string {
  const search = new URLSearchParams({ profile: connectionId })
  if (queue !== null) search.set('queue', queueKey(queue))
  if (queue !== null && state !== null) search.set('state', state)
  return `${linkScheme}://open?${search}`
}

const isId = (text: string) => /^[\w:.-]{1,64}$/.test(text)

const refused = () => new SluiceError('BAD_URL', 'That link does not lead to a place in Sluice.')
