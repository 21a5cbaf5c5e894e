import type { Trait } from '../../domain/failure.ts'
import { filterText, pathText } from '../../domain/job-filter/print.ts'
import type { Field } from './fields-of.ts'
import { overRepresented } from './over-represented.ts'

/** What is known of one job: its fields, and what Sluice shows of it, by texts that name field and value. */
export type Features = ReadonlyMap<string, Field>

const mostTraits = 20
/** Values of one path that are told: where many are over-represented, the first few say it. */
const mostOfPath = 3

/** What the failing jobs share and the others do not, strongest first. Pure. */
export function traitsIn(failing: readonly Features[], others: readonly Features[]): Trait[] {
  const counts = new Map<string, { field: Field; failing: number; others: number }>()
  const paths = new Map<string, number>()
  for (const features of failing) {
    for (const [key, field] of features) {
      const count = counts.get(key) ?? { field, failing: 0, others: 0 }
      count.failing++
      counts.set(key, count)
    }
  }
  for (const features of others) {
    for (const key of features.keys()) {
      const count = counts.get(key)
      if (count) count.others++
    }
  }
  // Waiting jobs may have no time at all: then every hour would look like a cause.
  const withHour = others.filter((features) => [...features.keys()].some((key) => key.startsWith('hour '))).length
  const hoursAreKnown = withHour * 2 >= others.length
  const of = { failingOf: failing.length, othersOf: others.length }
  const candidates = [...counts.values()].filter(({ field, failing: count }) => {
    // What one job alone has was never a candidate: ids and the like do not count as looked at.
    return count > 1 && (field.path[0] !== 'hour' || field.path.length > 1 || hoursAreKnown)
  })
  const told = new Set<string>()
  return overRepresented(
    candidates.map((count) => ({ ...count, ...of })),
    candidates.length,
  )
    .filter(({ field, ...count }) => {
      const path = pathText(field.path)
      paths.set(path, (paths.get(path) ?? 0) + 1)
      // The name of a job stands in its payload, too: the same jobs by the same value.
      const same = [field.value, count.failing, count.others].join(' ')
      const isNew = !told.has(same)
      told.add(same)
      return isNew && (paths.get(path) as number) <= mostOfPath
    })
    .slice(0, mostTraits)
    .map(({ field, ...trait }) => ({
      path: pathText(field.path),
      value: field.value,
      filter: filterOf(field),
      ...trait,
    }))
}

const filterOf = ({ path, value, isText }: Field) =>
  filterText({ kind: 'compare', path, operator: '=', value, quoted: isText })
