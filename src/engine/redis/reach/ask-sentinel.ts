import { SluiceError } from '../../../domain/errors.ts'
import type { Endpoint } from '../../../domain/profile.ts'
import { hostText } from '../../../domain/redis-url.ts'
import type { Target } from '../client-options.ts'
import { type Link, openLink } from '../link.ts'
import { isUnknownCommand, redisError } from '../redis-error.ts'

/** What one Sentinel knows of a group. */
export interface SentinelAnswer {
  readonly master: Endpoint
  /** The other Sentinels of the group, as it knows them. */
  readonly sentinels: readonly Endpoint[]
  /** How many replicas it counts. */
  readonly replicas: number
}

/** Longer than a log-in through SSH to a host far away takes; another Sentinel is asked meanwhile. */
const sentinelTimeoutMs = 5_000

/**
 * Asks one Sentinel for the master of a group: the log-in and one round trip. Throws what `openLink` throws, and
 * NO_MASTER with what is wrong with its answer.
 */
export async function askSentinel(target: Target, group: string): Promise<SentinelAnswer> {
  const link = await openLink(target, 'events', 'sentinel', sentinelTimeoutMs)
  try {
    const [master, sentinels, replicas] = await Promise.all([
      call(link, 'GET-MASTER-ADDR-BY-NAME', group),
      call(link, 'SENTINELS', group).catch(() => []),
      call(link, 'REPLICAS', group).catch(() => []),
    ])
    const address = endpointOf(master)
    if (!address) throw new SluiceError('NO_MASTER', await strangerText(link, group))
    return {
      master: address,
      sentinels: rows(sentinels).flatMap((row) => endpointOf([fieldOf(row, 'ip'), fieldOf(row, 'port')]) ?? []),
      replicas: rows(replicas).length,
    }
  } finally {
    link.drop()
  }
}

/** Which role a Redis says it has; null when this user may not ask. */
export async function roleOf(target: Target): Promise<string | null> {
  const link = await openLink(target, 'events', 'role', sentinelTimeoutMs)
  try {
    const answer: unknown = await link.client.call('ROLE')
    return Array.isArray(answer) ? String(answer[0]) : null
  } catch (thrown) {
    const error = redisError(thrown, 'read')
    if (error.code === 'NO_PERMISSION') return null
    throw error
  } finally {
    link.drop()
  }
}

async function call(link: Link, ...args: string[]): Promise<unknown> {
  try {
    return await link.client.call('SENTINEL', ...args)
  } catch (error) {
    if (isUnknownCommand(error))
      throw new SluiceError('NO_MASTER', 'It is a Redis, not a Sentinel (usual port: 26379).')
    throw redisError(error, 'read')
  }
}

async function strangerText(link: Link, group: string): Promise<string> {
  const groups = rows(await call(link, 'MASTERS').catch(() => [])).map((row) => fieldOf(row, 'name'))
  const known = groups.length > 0 ? `; it watches ${groups.slice(0, 10).join(', ')}` : ''
  return `It does not watch a group called ${group}${known}.`
}

function rows(reply: unknown): unknown[][] {
  return Array.isArray(reply) ? reply.filter((row) => Array.isArray(row)) : []
}

/** A Sentinel lists fields and values in turn. */
function fieldOf(row: readonly unknown[], name: string): string {
  const at = row.findIndex((each, place) => place % 2 === 0 && each === name)
  return at < 0 ? '' : String(row[at + 1])
}

function endpointOf(pair: unknown): Endpoint | null {
  if (!Array.isArray(pair)) return null
  const [host, port] = [String(pair[0]), Number(pair[1])]
  return host !== '' && Number.isInteger(port) && port > 0 && port <= 65_535 ? { host, port } : null
}

/** Whether two are the same place. */
export function sameEndpoint(one: Endpoint, other: Endpoint): boolean {
  return hostText(one).toLowerCase() === hostText(other).toLowerCase()
}
