/** One process of the bench: `process.js PORT MEASUREMENT`, the latter as JSON. Says what it found as a line of JSON. */
import type { Measurement } from './measurement.ts'
import { measureAdd } from './measurements/add.ts'
import { measureDrain } from './measurements/drain.ts'
import { hold } from './measurements/hold.ts'
import { measureIdle } from './measurements/idle.ts'
import { measureMemory } from './measurements/memory.ts'
import { say } from './measurements/say.ts'
import { share } from './measurements/share.ts'

const port = Number(process.argv[2])
const measurement = JSON.parse(process.argv[3] ?? '') as Measurement

async function measure() {
  switch (measurement.kind) {
    case 'drain':
      return measureDrain(port, measurement)
    case 'add':
      return measureAdd(port, measurement)
    case 'idle':
      return measureIdle(port, measurement)
    case 'memory':
      return measureMemory(port, measurement)
    case 'hold':
      return hold(port, measurement)
    case 'share':
      return share(port, measurement)
  }
}

const found = await measure()
if (found !== undefined) {
  say(JSON.stringify(found))
  process.exit(0)
}
