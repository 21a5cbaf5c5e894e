import { expect, it } from 'vitest'
import { CostMeter } from './cost.ts'

const traffic = (commands: number, bytes: number) => ({ commands, bytesIn: bytes, bytesOut: bytes, sockets: 2 })

it('tells what it costs by the second, over the last minute', () => {
  const meter = new CostMeter()
  expect(meter.note(0, traffic(10, 500), 5)).toEqual({
    ...{ commandsPerSecond: 0, redisMsPerSecond: 0, bytesPerSecond: 0, sockets: 2 },
  })
  expect(meter.note(10_000, traffic(60, 1000), 25)).toEqual({
    ...{ commandsPerSecond: 5, redisMsPerSecond: 2, bytesPerSecond: 100, sockets: 2 },
  })
  for (let at = 20_000; at <= 80_000; at += 10_000) meter.note(at, traffic(60, 1000), 25)
  expect(meter.note(90_000, traffic(60, 1000), 25)).toMatchObject({ commandsPerSecond: 0, redisMsPerSecond: 0 })
})
