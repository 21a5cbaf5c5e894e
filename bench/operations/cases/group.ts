import type { Case } from '../../pool/cases/case.ts'
import type { Found } from '../../pool/measurement.ts'
import { Findings } from '../../pool/rounds.ts'
import { besides, measure, onRedis } from '../on-redis.ts'
import { seedDead } from '../seed.ts'
import { letterBytes, letters, rounds } from '../sizes.ts'

/** The budget that the console has unless somebody changes it, percent. */
const usualBudget = 5
/** Jobs of a step of that budget. */
const stepOfUsual = 100
const idleMs = 5000

/**
 * Grouping all dead letters, beside reading the list raw; and what another client notices of it. On a machine with few cores
 * that client waits longer as soon as a third program runs at all, whatever it asks: so one that asks as often is the peer.
 */
export const group: Case = async (report, program) => {
  const of = `group ${letters.toLocaleString('en')} dead letters of ${letterBytes} bytes`
  await onRedis(async (server) => {
    await seedDead(server.client, letters)
    const [raw, ours, alone, asking, beside]: Found[][] = [[], [], [], [], []]
    for (let round = 0; round < rounds; round++) {
      raw?.push(await measure(program, server, { kind: 'raw' }))
      ours?.push(await measure(program, server, { kind: 'group', budget: 100 }))
      alone?.push(await besides(program, server, idleMs))
      const grouped = await besides(program, server, { kind: 'group', budget: usualBudget })
      beside?.push(grouped)
      const asks = { asks: letters / stepOfUsual, overMs: grouped.ms ?? 0 }
      asking?.push(await besides(program, server, { kind: 'as-often', ...asks }))
    }
    for (const { jobs } of ours ?? []) if (jobs !== letters) throw new Error(`${jobs} jobs were grouped`)
    const [reading, grouping] = [new Findings(raw ?? []), new Findings(ours ?? [])]
    for (const [metric, found] of [
      ['time', 'ms'],
      ['processor time', 'cpuMs'],
    ] as const) {
      const ratio = grouping.ratioTo(reading, found)
      report.add({ case: of, metric, value: grouping.median(found), unit: 'ms', peer: 'reading raw', ratio })
    }
    report.add({ case: of, metric: 'time of Redis', value: grouping.median('redisMs'), unit: 'ms' })
    report.add({ case: of, metric: 'memory over idle', value: grouping.median('memory') / 1e6, unit: 'MB' })
    const busy = new Findings(beside ?? [])
    const p99 = { case: of, metric: `p99 of another client, budget ${usualBudget} %`, unit: 'ms' }
    for (const [peer, found] of [
      ['beside one that asks as often and reads nothing', asking],
      ['alone on the machine', alone],
    ] as const) {
      report.add({ ...p99, value: busy.median('p99'), peer, ratio: busy.ratioTo(new Findings(found ?? []), 'p99') })
    }
  })
}
