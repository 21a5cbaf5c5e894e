const { writeFileSync } = require('node:fs')
const { monitorEventLoopDelay } = require('node:perf_hooks')

/*
 * Loaded into the measured process before its own code, so that the product needs no hook. Its process id goes to
 * `$SLUICE_BENCH_LOOP.pid`; on SIGUSR2 it writes the longest block of its event loop since the last time, in ms, to
 * `$SLUICE_BENCH_LOOP`. The first signal begins to watch: to watch wakes the process a thousand times a second.
 */
const file = process.env.SLUICE_BENCH_LOOP ?? ''
const delay = monitorEventLoopDelay({ resolution: 1 })
process.on('SIGUSR2', () => {
  delay.enable()
  writeFileSync(file, String(delay.max / 1e6))
  delay.reset()
})
writeFileSync(`${file}.pid`, String(process.pid))
