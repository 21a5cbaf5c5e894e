import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'

/** Works for 300 ms of the processor, tells what the clock says of that, and on a line of input what it says then. */
const program = `
const { RunningClock } = await import(${JSON.stringify(join(import.meta.dirname, 'running-clock.ts'))})
const clock = new RunningClock()
const { user, system } = process.cpuUsage()
for (let used = 0; used < 300_000; ) {
  const now = process.cpuUsage()
  used = now.user + now.system - user - system
}
console.log(JSON.stringify({ ran: clock.now() }))
process.stdin.once('data', () => {
  console.log(JSON.stringify({ ran: clock.now(), stoodStill: clock.stoodStillMs }))
  clock.stop()
  process.stdin.destroy()
})`

// Windows has no signal that stops a process.
it.skipIf(process.platform === 'win32')('counts what it works through, and not while it is stopped', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const told = async () => JSON.parse(String((await once(child.stdout, 'data'))[0]))
  const spawned = performance.now()
  expect((await told()).ran).toBeGreaterThan(250)
  child.kill('SIGSTOP')
  await pause(1500) // what is tested is time
  child.kill('SIGCONT')
  child.stdin.write('tell\n')
  const { ran, stoodStill } = await told()
  expect(stoodStill).toBeGreaterThan(1000)
  expect(ran).toBeLessThan(performance.now() - spawned - 1000)
})
