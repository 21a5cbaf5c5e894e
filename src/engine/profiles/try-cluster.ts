import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import type { Endpoint } from '../../domain/profile.ts'
import { hostText } from '../../domain/redis-url.ts'
import type { Reader, Reply } from '../../systems/handles.ts'
import type { Target } from '../redis/client-options.ts'
import { openLink } from '../redis/link.ts'
import type { Finding } from './inspect-server.ts'

const allSlots = 16_384

/**
 * Tells how many masters a cluster has, whether all slots have one, and whether each master answers at the address that the
 * cluster tells: one round trip, and a log-in at each master.
 */
export async function tryCluster(
  reader: Reader,
  asked: Endpoint,
  targetOf: (node: Endpoint) => Promise<Target>,
  timeoutMs: number,
): Promise<Finding> {
  const name = 'Cluster'
  const [slots] = await reader.pipeline([['CLUSTER', 'SLOTS']])
  if (slots instanceof SluiceError) {
    const detail =
      slots.code === 'NO_PERMISSION'
        ? `The user may not run CLUSTER SLOTS, so Sluice cannot tell which node has what. ${slots.message}`
        : 'This Redis is no node of a cluster: choose a single server in place of a cluster.'
    return { name, ok: false, detail, code: slots.code === 'NO_PERMISSION' ? 'NO_PERMISSION' : 'UNSUPPORTED' }
  }
  const { masters, replicas, covered } = read(slots, asked)
  const count = `${masters.length} ${masters.length === 1 ? 'master' : 'masters'} and ${replicas} ${replicas === 1 ? 'replica' : 'replicas'}`
  if (covered < allSlots) {
    const detail = `${count}, and ${allSlots - covered} of ${allSlots} slots have no master: what lies in them cannot be reached.`
    return { name, ok: false, detail, code: 'REDIS_UNAVAILABLE' }
  }
  const lost = await firstOutOfReach(masters, targetOf, timeoutMs)
  if (lost === null) return { name, ok: true, detail: `${count} have all slots, and each master answers.` }
  const detail =
    `${count}, but ${hostText(lost.master)} does not answer: ${lost.error.message} A cluster tells addresses of its own ` +
    'network: let the nodes announce ones that can be reached from here (cluster-announce-ip), or go through SSH.'
  return { name, ok: false, detail, code: lost.error.code }
}

function read(slots: Reply | undefined, asked: Endpoint) {
  const masters = new Map<string, Endpoint>()
  const replicas = new Set<string>()
  let covered = 0
  for (const range of Array.isArray(slots) ? slots : []) {
    if (!Array.isArray(range)) continue
    const [from, to, ...nodes] = range
    covered += Number(to) - Number(from) + 1
    for (const [place, node] of nodes.entries()) {
      if (!Array.isArray(node)) continue
      const told = String(node[0] ?? '')
      const endpoint = { host: told === '' || told === '?' ? asked.host : told, port: Number(node[1]) }
      if (place === 0) masters.set(hostText(endpoint), endpoint)
      else replicas.add(hostText(endpoint))
    }
  }
  return { masters: [...masters.values()], replicas: replicas.size, covered }
}

async function firstOutOfReach(
  masters: readonly Endpoint[],
  targetOf: (node: Endpoint) => Promise<Target>,
  timeoutMs: number,
): Promise<{ master: Endpoint; error: SluiceError } | null> {
  const problems = await Promise.all(
    masters.map(async (master) => {
      try {
        const link = await openLink(await targetOf(master), 'read', 'test', timeoutMs)
        link.drop()
        return null
      } catch (error) {
        return { master, error: asSluiceError(error) }
      }
    }),
  )
  return problems.find((problem) => problem !== null) ?? null
}
