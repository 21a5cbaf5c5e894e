import { SluiceError } from '../../domain/errors.ts'
import type { Profile } from '../../domain/profile.ts'
import { formatRedisUrl } from '../../domain/redis-url.ts'
import { openStream } from '../redis/open-stream.ts'
import type { Reach } from '../redis/reach/reach.ts'
import { type LocalEnd, openLocalEnd } from '../ssh/local-end.ts'

/** Where programs that connect by themselves find the Redis of a profile. */
export interface OutsideUrls {
  /**
   * A URL that leads there, password included. Behind SSH it is one of a port of this computer, the same each time: see
   * `openLocalEnd` for who can reach it. TLS is laid over the tunnel here, since no certificate bears the name of such a
   * port, and each connection to it goes to who is master then. Throws UNSUPPORTED for a cluster behind SSH, whose nodes
   * send a program on to addresses that it cannot reach, and what `reach.target` throws.
   */
  urlOf(profile: Profile): Promise<string>
  /** Closes the port of this computer that leads to a profile. */
  forget(id: string): void
}

/** How long a program waits at the port until its way to Redis is open; then it is cut off, and tries again. */
const openMs = 20_000

/** Makes the ways in; a port stays until the profile is closed. */
export function createOutsideUrls({ reachTo }: { reachTo(profile: Profile): Reach }): OutsideUrls {
  const ends = new Map<string, Promise<LocalEnd>>()

  function endOf(profile: Profile): Promise<LocalEnd> {
    const known = ends.get(profile.id)
    if (known) return known
    const made = openEnd(reachTo(profile))
    ends.set(profile.id, made)
    made.catch(() => {
      if (ends.get(profile.id) === made) ends.delete(profile.id)
    })
    return made
  }

  return {
    async urlOf(profile) {
      const reach = reachTo(profile)
      try {
        if (profile.ssh !== null && reach.topology.kind === 'cluster') throw new SluiceError('UNSUPPORTED', noCluster)
        const { address, password } = await reach.target()
        if (profile.ssh === null || address.transport === 'unix') return formatRedisUrl(address, password)
        const { host, port } = await endOf(profile)
        return formatRedisUrl({ ...address, transport: 'tcp', host, port }, password)
      } finally {
        reach.close()
      }
    },
    forget(id) {
      const end = ends.get(id)
      ends.delete(id)
      end?.then(({ close }) => close()).catch(() => {})
    },
  }
}

async function openEnd(reach: Reach): Promise<LocalEnd> {
  const end = await openLocalEnd(async () => openStream(await reach.target(), AbortSignal.timeout(openMs)))
  return {
    ...end,
    async close() {
      reach.close()
      await end.close()
    },
  }
}

const noCluster =
  'This cluster is behind SSH: its nodes would send a program on to addresses that it cannot reach from here.'
