/**
 * One process of the bench: `process.js PORT MEASUREMENT`, the latter as JSON. Says `warm`, waits for a line, measures,
 * and says what it found as a line of JSON; a fleet takes orders, one a line, until it is killed.
 */
import { createInterface } from 'node:readline'
import { say } from '../pool/measurements/say.ts'
import type { Measurement } from './measurement.ts'
import { measureFleet } from './measurements/fleet.ts'
import { measureReconnect } from './measurements/reconnect.ts'

const port = Number(process.argv[2])
const measurement = JSON.parse(process.argv[3] ?? '') as Measurement
const lines = createInterface(process.stdin)[Symbol.asyncIterator]()

/** Tells that it may go on, and resolves to the line that says how. */
async function order(word: string): Promise<string> {
  say(word)
  const { value } = await lines.next()
  return String(value)
}

if (measurement.kind === 'reconnect') say(JSON.stringify(await measureReconnect(port, measurement.kills, order)))
else await measureFleet(measurement, order)
process.exit(0)
