import type { Case } from '../../pool/cases/case.ts'
import type { Found } from '../../pool/measurement.ts'
import { Findings } from '../../pool/rounds.ts'
import { measure, onRedis } from '../on-redis.ts'
import { seedDead, soughtUser } from '../seed.ts'
import { letterBytes, letters, rounds } from '../sizes.ts'

/** Looking for the one job of a user among all dead letters, beside reading the list raw. */
export const search: Case = async (report, program) => {
  const of = `search 1 of ${letters.toLocaleString('en')} dead letters of ${letterBytes} bytes`
  await onRedis(async (server) => {
    await seedDead(server.client, letters)
    const [raw, ours]: Found[][] = [[], []]
    for (let round = 0; round < rounds; round++) {
      raw?.push(await measure(program, server, { kind: 'raw' }))
      ours?.push(await measure(program, server, { kind: 'search', user: soughtUser(letters) }))
    }
    for (const { jobs, matches } of ours ?? [])
      if (jobs !== letters || matches !== 1) throw new Error(`${matches} of ${jobs} jobs were found`)
    const [reading, searching] = [new Findings(raw ?? []), new Findings(ours ?? [])]
    for (const [metric, found] of [
      ['time', 'ms'],
      ['processor time', 'cpuMs'],
    ] as const) {
      const ratio = searching.ratioTo(reading, found)
      report.add({ case: of, metric, value: searching.median(found), unit: 'ms', peer: 'reading raw', ratio })
    }
    report.add({ case: of, metric: 'shown after it was read', value: searching.median('shownMs'), unit: 'ms' })
    report.add({ case: of, metric: 'memory over idle', value: searching.median('memory') / 1e6, unit: 'MB' })
  })
}
