import type { Endpoint } from '../../../domain/profile.ts'
import { isErrorReply } from '../redis-error.ts'

/** Where a node sends a command that it did not run; `again`: to the same place, in a moment. */
export type Redirection =
  | { readonly kind: 'moved' | 'ask'; readonly slot: number; readonly to: Endpoint }
  | { readonly kind: 'again' }
  | { readonly kind: 'down' }

/**
 * What an error reply says about where the command belongs; null for any other. A node that does not know what it is
 * called leaves the host out, or says `?`: then it is the one of the node that answered.
 */
export function redirectionOf(reply: unknown, answered: Endpoint): Redirection | null {
  if (!(reply instanceof Error) || !isErrorReply(reply)) return null
  if (reply.message.startsWith('TRYAGAIN')) return { kind: 'again' }
  if (reply.message.startsWith('CLUSTERDOWN')) return { kind: 'down' }
  const [, kind, slot, host, port] = /^(MOVED|ASK) (\d{1,5}) (.*):(\d{1,5})$/.exec(reply.message) ?? []
  if (kind === undefined) return null
  return {
    kind: kind === 'ASK' ? 'ask' : 'moved',
    slot: Number(slot),
    to: { host: hostSaid(host, answered), port: Number(port) },
  }
}

/** A host as a node told it; `used` is how that node itself was reached. */
export function hostSaid(host: string | undefined, used: Endpoint): string {
  return host === undefined || host === '' || host === '?' ? used.host : host.replace(/^\[(.*)\]$/, '$1')
}
