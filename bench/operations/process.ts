/**
 * One process of the bench: `process.js PORT MEASUREMENT`, the latter as JSON. Says `warm`, waits for a line, measures,
 * and says what it found as a line of JSON; a neighbour measures until one more line comes.
 */
import { createInterface } from 'node:readline'
import { say } from '../pool/measurements/say.ts'
import type { Measurement } from './measurement.ts'
import { measureAsOften } from './measurements/as-often.ts'
import { measureByIndex } from './measurements/by-index.ts'
import { measureGroup } from './measurements/group.ts'
import { measureNeighbour } from './measurements/neighbour.ts'
import { measureRaw } from './measurements/raw.ts'
import { measureRetry } from './measurements/retry.ts'
import { measureSearch } from './measurements/search.ts'

const port = Number(process.argv[2])
const measurement = JSON.parse(process.argv[3] ?? '') as Measurement
const orders = createInterface(process.stdin)[Symbol.asyncIterator]()

/** Tells that the measurement may begin, and waits until it may. */
async function warm(): Promise<void> {
  say('warm')
  await orders.next()
}

function measure() {
  switch (measurement.kind) {
    case 'raw':
      return measureRaw(port, warm)
    case 'group':
      return measureGroup(port, measurement.budget, warm)
    case 'search':
      return measureSearch(port, measurement.user, warm)
    case 'retry':
      return measureRetry(port, measurement, warm)
    case 'by-index':
      return measureByIndex(port, measurement, warm)
    case 'as-often':
      return measureAsOften(port, measurement, warm)
    case 'neighbour':
      return measureNeighbour(port, warm, () => orders.next())
  }
}

say(JSON.stringify(await measure()))
process.exit(0)
