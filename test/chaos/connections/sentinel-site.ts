import { startSentinels } from '../../servers/sentinels.ts'
import type { Fault, Site } from './site.ts'

/** A master with two replicas and three Sentinels; the master changes. */
export async function sentinelSite(): Promise<Site> {
  const group = await startSentinels({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
  const [first = 0, ...others] = group.ports
  const master = async () => {
    const port = await group.masterPort()
    return group.servers.find((server) => server.port === port) ?? group.servers[0]
  }
  let killed: (typeof group.servers)[number] | undefined
  let frozen = 0

  return {
    name: 'sentinel',
    draft: {
      url: `redis://127.0.0.1:${first}`,
      topology: {
        ...{ kind: 'sentinel', master: group.group, username: null, tls: false },
        others: others.map((port) => ({ host: '127.0.0.1', port })),
      },
    },
    faults: (random): [Fault, ...Fault[]] => [
      {
        name: 'CLIENT KILL',
        begin: async () => (await master())?.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
      },
      // Two at once are refused by the Sentinels themselves.
      { name: 'failover', loses: true, begin: () => group.failover().catch(() => {}) },
      {
        name: 'kill -9 of the master',
        loses: true,
        async begin() {
          killed = await master()
          await killed?.kill()
        },
        end: () => killed?.start(),
      },
      {
        name: 'frozen Sentinel',
        begin() {
          frozen = random.int(0, group.ports.length - 1)
          group.freeze(frozen)
        },
        end: () => group.freeze(frozen, false),
      },
    ],
    list: async (key) => (await master())?.client.lrange(key, 0, -1) ?? [],
    stop: () => group.stop(),
  }
}
