import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { usageOf } from './usage-of.ts'

it('tells what several processes take, and leaves out those that are gone', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log()'])
  const pid = child.pid as number
  await once(child.stdout, 'data')

  const both = await usageOf([process.pid, pid])
  expect([...both.keys()].sort()).toEqual([process.pid, pid].sort())
  const rss = process.memoryUsage.rss()
  expect(Math.abs((both.get(process.pid)?.memoryBytes ?? 0) - rss)).toBeLessThan(rss / 2)
  expect(both.get(pid)?.memoryBytes).toBeGreaterThan(10_000_000)

  child.kill('SIGKILL')
  await once(child, 'exit')
  expect([...(await usageOf([process.pid, pid])).keys()]).toEqual([process.pid])
  expect((await usageOf([pid])).size).toBe(0)
  expect((await usageOf([])).size).toBe(0)
})
