import type { Case } from '../../pool/cases/case.ts'
import type { Found } from '../../pool/measurement.ts'
import { Findings } from '../../pool/rounds.ts'
import type { Measurement } from '../measurement.ts'
import { measure, onRedis } from '../on-redis.ts'
import { deadKey, measured, seedDead } from '../seed.ts'
import { letterBytes, retried, retriedByIndex, retriedFromHead, rounds } from '../sizes.ts'

const ways = {
  all: { kind: 'retry', by: 'all' },
  each: { kind: 'retry', by: 'each' },
  method: { kind: 'retry', by: 'method' },
  byIndex: { kind: 'by-index', jobs: retriedByIndex, which: 'chosen' },
  fromHead: { kind: 'by-index', jobs: retriedFromHead, which: 'first' },
} as const satisfies Record<string, Measurement>

/** Retrying all dead letters by a run, beside the second seed's retry by index, and beside the system's method alone. */
export const retry: Case = async (report, program) => {
  const of = `retry ${retried.toLocaleString('en')} dead letters of ${letterBytes} bytes`
  const found: Record<keyof typeof ways, Found[]> = { all: [], each: [], method: [], byIndex: [], fromHead: [] }
  for (let round = 0; round < rounds; round++) {
    for (const way of Object.keys(ways) as (keyof typeof ways)[]) {
      await onRedis(async (server) => {
        await seedDead(server.client, retried)
        const measurement = ways[way]
        const one = await measure(program, server, measurement)
        const expected = measurement.kind === 'by-index' ? Math.min(measurement.jobs, retried) : retried
        const waiting = await server.client.llen(`${measured.prefix}${measured.name}`)
        const dead = await server.client.llen(deadKey)
        if (one.done !== expected || waiting !== expected || dead !== retried - expected)
          throw new Error(`${way}: ${one.done} are done, ${waiting} wait and ${dead} are dead`)
        found[way].push(one)
      })
    }
  }
  const all = new Findings(found.all)
  const each = new Findings(found.each)
  const add = (metric: string, ours: Findings, peer: string, theirs: Findings) =>
    report.add({
      ...{ case: of, metric, value: ours.median('jobsPerSecond'), unit: 'jobs/s' },
      ...{ peer, ratio: ours.ratioTo(theirs, 'jobsPerSecond') },
    })
  const byIndex = new Findings(found.byIndex)
  add('run over all', all, 'one by one by index', byIndex)
  add('run over all', all, 'one by one, always the first', new Findings(found.fromHead))
  add('run over all', all, 'the method without journal and receipts', new Findings(found.method))
  add('run over each that was found', each, 'one by one by index', byIndex)
}
