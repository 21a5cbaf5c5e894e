import { SluiceError } from '../../../domain/errors.ts'
import type { Endpoint } from '../../../domain/profile.ts'
import { hostText } from '../../../domain/redis-url.ts'
import type { Reply } from '../../../systems/handles.ts'
import { send } from '../handles.ts'
import type { Link } from '../link.ts'
import { redisError } from '../redis-error.ts'
import { hostSaid } from './redirection.ts'
import { slotCount } from './slot.ts'

/** Who serves which slots, as one node sees it. */
export interface SlotMap {
  /** Grows with each change that the cluster agreed on: of two views the one with the higher epoch is the newer. */
  readonly epoch: number
  readonly masters: readonly MasterOfSlots[]
}

export interface MasterOfSlots {
  readonly endpoint: Endpoint
  /** First and last slot of each range. */
  readonly ranges: readonly (readonly [first: number, last: number])[]
  readonly replicas: readonly Endpoint[]
}

/** Over a slow VPN an answer of some kilobytes takes its time. */
const timeoutMs = 5_000

/**
 * Asks a node for its view: CLUSTER SLOTS and CLUSTER INFO, 1 round trip. SLOTS, for every version has it, and it names
 * the ports that fit the socket it is asked over (TLS or not) and the kind of address that the operator of the cluster
 * prefers. `used` is how the node was reached: what it does not know of itself is taken from there.
 */
export async function readSlotMap(link: Link, used: Endpoint): Promise<SlotMap> {
  const [slots, info] = await Promise.all([
    send(link, ['CLUSTER', 'SLOTS'], timeoutMs).catch((error: unknown) => {
      throw problemOf(error)
    }),
    // A user who may not ask for it gets along without.
    send(link, ['CLUSTER', 'INFO'], timeoutMs).catch(() => null),
  ])
  const epoch = Number(/cluster_current_epoch:(\d+)/.exec(String(info))?.[1] ?? 0)
  return { epoch, masters: mastersIn(slots, used) }
}

/** The reply of CLUSTER SLOTS: of each range first, last, its master and its replicas, each with host, port and id. */
export function mastersIn(reply: Reply, used: Endpoint): MasterOfSlots[] {
  const masters = new Map<
    string,
    { endpoint: Endpoint; ranges: [first: number, last: number][]; replicas: Map<string, Endpoint> }
  >()
  for (const range of Array.isArray(reply) ? reply : []) {
    const [first, last, ...nodes] = Array.isArray(range) ? range : []
    if (!isSlot(first) || !isSlot(last)) continue
    const [endpoint, ...replicas] = nodes.flatMap((node) => endpointIn(node, used))
    if (endpoint === undefined) continue
    const name = hostText(endpoint)
    const known = masters.get(name) ?? { endpoint, ranges: [], replicas: new Map<string, Endpoint>() }
    known.ranges.push([first, last])
    for (const replica of replicas) known.replicas.set(hostText(replica), replica)
    masters.set(name, known)
  }
  return Array.from(masters.values(), (master) => ({ ...master, replicas: [...master.replicas.values()] })).sort(
    (a, b) => (a.ranges[0]?.[0] ?? 0) - (b.ranges[0]?.[0] ?? 0),
  )
}

function endpointIn(node: Reply, used: Endpoint): Endpoint[] {
  const [host, port] = Array.isArray(node) ? node : []
  if (typeof port !== 'number' || port < 1) return []
  return [{ host: hostSaid(Buffer.isBuffer(host) ? host.toString() : undefined, used), port }]
}

const isSlot = (value: Reply | undefined): value is number =>
  typeof value === 'number' && value >= 0 && value < slotCount

function problemOf(error: unknown): SluiceError {
  if (error instanceof Error && /cluster support disabled/i.test(error.message)) {
    return new SluiceError('UNSUPPORTED', 'This Redis is no cluster: choose a single server in the profile.')
  }
  return redisError(error, 'read')
}
