import { parseRedisUrl } from '../../../domain/redis-url.ts'
import type { Reach } from './reach.ts'

/**
 * The way to one server of this network, by its URL: for what knows no more of it. A password in the URL counts where none
 * is given; a function is asked at each attempt. Throws BAD_URL.
 */
export function plainReach(url: string, password: string | null | (() => Promise<string | null>) = null): Reach {
  const { address, password: written } = parseRedisUrl(url)
  const known = async () => (typeof password === 'function' ? password() : (password ?? written))
  return {
    topology: { kind: 'standalone' },
    target: async () => ({ address, password: await known() }),
    targetOf: async (node) => ({
      address: {
        transport: address.transport === 'tls' ? 'tls' : 'tcp',
        ...node,
        db: address.db,
        username: address.username,
      },
      password: await known(),
    }),
    close() {},
  }
}
