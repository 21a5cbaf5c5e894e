import type { Redis } from 'ioredis'

/** What a Redis did since it was started. */
export interface ServerCost {
  /** Commands, those inside of scripts too. */
  readonly commands: number
  /** Times that it read from a socket: a round trip is at least one. */
  readonly reads: number
  /** Processor time of all its threads, in microseconds. */
  readonly cpuMicros: number
}

/** One round trip; what the bench itself asks is left out of the commands. */
export async function readServerCost(client: Redis): Promise<ServerCost> {
  const [stats, cpu, commandStats] = await Promise.all([
    client.info('stats'),
    client.info('cpu'),
    client.info('commandstats'),
  ])
  let commands = 0
  for (const [, name = '', calls] of commandStats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (name !== 'info') commands += Number(calls)
  }
  const field = (text: string, name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1])
  return {
    commands,
    reads: field(stats, 'total_reads_processed'),
    cpuMicros: (field(cpu, 'used_cpu_user') + field(cpu, 'used_cpu_sys')) * 1e6,
  }
}
