import { asSluiceError, SluiceError } from '../../../domain/errors.ts'
import type { Endpoint, Topology } from '../../../domain/profile.ts'
import { hostText } from '../../../domain/redis-url.ts'
import { needPerson } from '../back-off.ts'
import type { Target } from '../client-options.ts'
import { openLink } from '../link.ts'
import { redisError } from '../redis-error.ts'
import { inTurn } from './in-turn.ts'
import type { Reach } from './reach.ts'

/** How long one node may take to answer; another is asked meanwhile. */
const nodeTimeoutMs = 5_000

/** The way into a cluster, by any node that answers, and to the master that has the slot of a key. */
export function clusterReach(
  topology: Topology & { kind: 'cluster' },
  first: Endpoint,
  targetOf: (node: Endpoint) => Promise<Target>,
): Reach {
  const nodes = [first, ...topology.others]

  async function ask<T>(use: (node: Endpoint, target: Target) => Promise<T>): Promise<T> {
    try {
      return await inTurn(nodes, async (node) => use(node, await targetOf(node)), { final: isFinal })
    } catch (error) {
      if (!(error instanceof AggregateError)) throw error
      throw nobody(nodes, error.errors.map(asSluiceError))
    }
  }

  return {
    topology,
    target: (key) =>
      ask(async (node, target) => {
        const link = await openLink(target, 'events', 'seed', nodeTimeoutMs)
        try {
          if (key === undefined) return target
          const [slot, slots] = await Promise.all([
            link.client.call('CLUSTER', 'KEYSLOT', key),
            link.client.call('CLUSTER', 'SLOTS'),
          ])
          return await targetOf(ownerOf(Number(slot), slots, node))
        } catch (error) {
          throw redisError(error, 'read')
        } finally {
          link.drop()
        }
      }),
    targetOf,
    close() {},
  }
}

/** A password that one node refuses, all refuse. */
function isFinal(error: unknown): boolean {
  return error instanceof SluiceError && (error.code === 'AUTH_FAILED' || needPerson.includes(error.code))
}

/** The master of a slot in a reply to CLUSTER SLOTS; a node without a host of its own is at that of the node asked. */
function ownerOf(slot: number, slots: unknown, asked: Endpoint): Endpoint {
  for (const range of Array.isArray(slots) ? slots : []) {
    const [from, to, master]: unknown[] = Array.isArray(range) ? range : []
    if (slot < Number(from) || slot > Number(to) || !Array.isArray(master)) continue
    const host = master[0] === null ? '' : String(master[0])
    return { host: host === '' || host === '?' ? asked.host : host, port: Number(master[1]) }
  }
  throw new SluiceError('CONNECTION_LOST', `No master of the cluster has slot ${slot} at the moment.`)
}

function nobody(nodes: readonly Endpoint[], errors: readonly SluiceError[]): SluiceError {
  const [first] = errors
  if (!first) return new SluiceError('CONNECTION_LOST')
  if (errors.length === 1) return first
  const said = errors.slice(0, 5).map((error, place) => `${hostText(nodes[place] as Endpoint)}: ${error.message}`)
  return new SluiceError(first.code, `No node of the cluster answers. ${said.join(' ')}`, first.remedy)
}
