import { startCluster } from '../../servers/cluster.ts'
import type { Fault, Site } from './site.ts'

/** Three masters; slots move from one to another, and one of the masters goes away and comes back. */
export async function clusterSite(listKey: string): Promise<Site> {
  const cluster = await startCluster({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
  const { masters } = cluster

  return {
    name: 'cluster',
    draft: cluster.profile,
    faults: (random): [Fault, ...Fault[]] => [
      {
        name: 'CLIENT KILL',
        begin: () => random.pick([...masters]).client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
      },
      { name: 'slot moved', begin: () => cluster.reshard(listKey, random.int(1, 2)) },
      { name: 'kill -9 of a master', begin: () => masters[2].kill(), end: () => masters[2].start() },
      { name: 'kill -9 of a master, briefly', begin: () => masters[1].kill().then(() => masters[1].start()) },
    ],
    list: (key) => cluster.client.lrange(key, 0, -1),
    stop: () => cluster.stop(),
  }
}
