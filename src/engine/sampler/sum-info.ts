import { canEvictQueues, type ServerInfo } from './info.ts'

/**
 * What the masters of a cluster tell, as of one server: sums of what adds up, the worst of what does not. The eviction
 * policy is that of a master that may drop queues, where there is one.
 */
export function sumInfo(infos: readonly ServerInfo[]): ServerInfo | null {
  const [first] = infos
  if (first === undefined || infos.length === 1) return first ?? null
  const all = infos.map(({ stats }) => stats)
  const sum = (of: (stats: ServerInfo['stats']) => number) => all.reduce((total, stats) => total + of(stats), 0)
  const worst = all.find(({ maxmemoryPolicy }) => canEvictQueues(maxmemoryPolicy)) ?? first.stats
  const used = sum((stats) => stats.usedMemoryBytes)
  // One master without a limit: the sum of the others would be no limit of the whole.
  const limited = all.every(({ maxMemoryBytes }) => maxMemoryBytes > 0)
  return {
    rssBytes: infos.reduce((total, { rssBytes }) => total + rssBytes, 0),
    usedMemoryHuman: humanBytes(used),
    stats: {
      version: [...new Set(all.map(({ version }) => version))].join(', '),
      usedMemoryBytes: used,
      peakMemoryBytes: sum((stats) => stats.peakMemoryBytes),
      maxMemoryBytes: limited ? sum((stats) => stats.maxMemoryBytes) : 0,
      maxmemoryPolicy: worst.maxmemoryPolicy,
      policyCanEvictQueues: worst.policyCanEvictQueues,
      fragmentation: Math.max(...all.map(({ fragmentation }) => fragmentation)),
      keys: sum((stats) => stats.keys),
      clients: sum((stats) => stats.clients),
      blockedClients: sum((stats) => stats.blockedClients),
      opsPerSecond: sum((stats) => stats.opsPerSecond),
      evictedKeys: sum((stats) => stats.evictedKeys),
      expiredKeys: sum((stats) => stats.expiredKeys),
      // The one that started last tells since when all of it is up.
      uptimeSeconds: Math.min(...all.map(({ uptimeSeconds }) => uptimeSeconds)),
      role: first.stats.role,
    },
  }
}

/** Bytes in Redis' own short form, such as 2.50M. */
function humanBytes(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T', 'P']
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return unit === 0 ? `${bytes}B` : `${(bytes / 1024 ** unit).toFixed(2)}${units[unit]}`
}
