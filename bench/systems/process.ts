/**
 * One process of the bench: `process.js PORT MEASUREMENT`, the latter as JSON. Says `warm`, waits for a line, measures,
 * and says what it found as a line of JSON.
 */
import { createInterface } from 'node:readline'
import { say } from '../pool/measurements/say.ts'
import type { Measurement } from './measurement.ts'
import { measureCounts } from './measurements/counts.ts'
import { measureEmpty } from './measurements/empty.ts'
import { measurePage } from './measurements/page.ts'
import { retryBySteps } from './measurements/steps.ts'
import { measureWalk } from './measurements/walk.ts'

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
    case 'counts':
      return measureCounts(port, measurement, warm)
    case 'retry':
    case 'remove':
      return measureEmpty(port, measurement, warm)
    case 'page':
      return measurePage(port, measurement, warm)
    case 'walk':
      return measureWalk(port, measurement, warm)
    case 'steps':
      return retryBySteps(port, warm)
  }
}

say(JSON.stringify(await measure()))
process.exit(0)
