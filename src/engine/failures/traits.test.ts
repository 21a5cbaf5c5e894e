import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFilter } from '../../domain/job-filter/parse.ts'
import { fieldsOf } from './fields-of.ts'
import { chanceOf, overRepresented } from './over-represented.ts'
import { Reservoir } from './reservoir.ts'
import { traitsIn } from './trait-counts.ts'

const featuresOf = (payload: object) => fieldsOf(Buffer.from(JSON.stringify(payload)))
const many = (count: number, make: (i: number) => object) =>
  Array.from({ length: count }, (_, i) => featuresOf(make(i)))
const tenants = ['acme', 'globex', 'initech', 'umbrella', 'hooli']
const job = (i: number) => ({
  id: `job-${i}`,
  data: { tenant: tenants[i % 5], plan: i % 3, user: { id: i }, tags: [`t${i % 7}`, `u${i % 4}`] },
})

describe('what failing jobs share', () => {
  it('is the value that was planted, with a filter for it', () => {
    const failing = many(300, (i) => ({ ...job(i), data: { ...job(i).data, tenant: i % 10 === 0 ? 'hooli' : 'acme' } }))
    const [trait, ...more] = traitsIn(failing, many(400, job))
    expect(trait).toMatchObject({
      ...{ path: 'data.tenant', value: 'acme', filter: 'data.tenant = "acme"' },
      ...{ failing: 270, failingOf: 300, others: 80, othersOf: 400 },
    })
    expect(trait?.lift).toBeCloseTo(4.5, 1)
    expect(more).toEqual([])
  })

  it('is found in lists, in numbers, and in fields that others do not have', () => {
    const failing = many(100, (i) => ({
      ...job(i),
      'a b': { beta: true },
      data: { tags: ['bad', 'x'], version: 9007199254740993n.toString() },
    }))
    const filters = traitsIn(failing, many(100, job)).map(({ filter }) => filter)
    expect(filters).toEqual(
      expect.arrayContaining([
        'data.tags[] = "bad"',
        'payload["a b"].beta = true',
        'data.version = "9007199254740993"',
      ]),
    )
    for (const filter of filters) expect(parseFilter(filter)).not.toHaveProperty('problem')
  })

  it('is not what a job has because it failed, nor the same said twice', () => {
    const failing = many(50, (i) => ({ ...job(i), error: 'x', failedAt: 'y', attempts: 3, kind: 'bad', type: 'bad' }))
    expect(traitsIn(failing, many(50, job)).map(({ path }) => path)).toEqual(['kind'])
  })

  it('is no hour where the others tell no time', () => {
    const at = (hour: string, features: ReturnType<typeof featuresOf>) =>
      new Map(features).set(`hour ${hour}`, { path: ['hour'], value: hour, isText: false })
    const failing = many(100, job).map((features) => at('3', features))
    expect(traitsIn(failing, many(100, job))).toEqual([])
    const others = many(100, job).map((features, i) => at(String(i % 24), features))
    expect(traitsIn(failing, others)).toMatchObject([{ path: 'hour', value: '3', filter: 'hour = 3' }])
  })

  it('is nothing among few jobs', () => {
    const bad = (i: number) => ({ ...job(i), bad: true })
    expect(traitsIn(many(9, bad), many(2000, job))).toEqual([])
    expect(traitsIn(many(2000, bad), many(9, job))).toEqual([])
    expect(traitsIn([], [])).toEqual([])
  })

  it('is nothing in noise', () => {
    // Each job draws its fields at random: what differs between the sides is chance. One in a hundred may be told.
    let told = 0
    const draw = fc.record({
      tenant: fc.constantFrom(...tenants),
      host: fc.integer({ min: 0, max: 30 }),
      flag: fc.boolean(),
      code: fc.integer({ min: 0, max: 3 }),
    })
    const side = fc.array(draw, { minLength: 10, maxLength: 80 })
    fc.assert(
      fc.property(side, side, (failing, others) => {
        // A shrinking, biased generator repeats itself: shuffled together and dealt anew, the sides are alike.
        const all = [...failing, ...others].map((one) => featuresOf(one)).sort(() => Math.random() - 0.5)
        told += traitsIn(all.slice(0, failing.length), all.slice(failing.length)).length > 0 ? 1 : 0
      }),
      { numRuns: 200 },
    )
    expect(told).toBeLessThanOrEqual(10)
  })
})

describe('chanceOf', () => {
  it('is that of the lady tasting tea', () => {
    expect(chanceOf({ failing: 4, failingOf: 4, others: 0, othersOf: 4 })).toBeCloseTo(1 / 70, 10)
    expect(chanceOf({ failing: 3, failingOf: 4, others: 1, othersOf: 4 })).toBeCloseTo(17 / 70, 10)
    expect(chanceOf({ failing: 0, failingOf: 4, others: 1, othersOf: 4 })).toBeCloseTo(1, 10)
  })

  it('asks for more where more was looked at', () => {
    const feature = { failing: 18, failingOf: 40, others: 7, othersOf: 40 }
    expect(overRepresented([feature], 1)).toHaveLength(1)
    expect(overRepresented([feature], 100)).toHaveLength(0)
  })
})

describe('fieldsOf', () => {
  const texts = (payload: string) =>
    [...fieldsOf(Buffer.from(payload)).values()].map(({ path, value }) => [path, value])

  it('names the short values of a payload, numbers as they are', () => {
    expect(texts('{"a":{"b":9007199254740993,"c":[{"d":"x"},{"d":"y"}]},"n":null}')).toEqual([
      [['a', 'b'], '9007199254740993'],
      [['a', 'c', null, 'd'], 'x'],
      [['a', 'c', null, 'd'], 'y'],
      [['n'], 'null'],
    ])
  })

  it('is bounded, and makes nothing of what is no JSON', () => {
    expect(texts(`{${Array.from({ length: 5000 }, (_, i) => `"k${i}":1`).join()}}`)).toHaveLength(200)
    expect(texts(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`)).toEqual([])
    expect(texts(JSON.stringify({ long: 'x'.repeat(1000), short: 'x' }))).toEqual([[['short'], 'x']])
    expect(texts('no json')).toEqual([])
  })
})

describe('a reservoir', () => {
  it('is a fair share of what was offered, made only where it is taken', () => {
    const counts = new Array(10).fill(0)
    let made = 0
    for (let run = 0; run < 300; run++) {
      const reservoir = new Reservoir<number>(20)
      for (let i = 0; i < 1000; i++)
        reservoir.offer(() => {
          made++
          return i
        })
      expect(reservoir.items).toHaveLength(20)
      for (const item of reservoir.items) counts[Math.floor(item / 100)]++
    }
    for (const count of counts) expect(count).toBeGreaterThan(450) // of 600 each
    expect(made).toBeLessThan(300 * 200)
  })
})
