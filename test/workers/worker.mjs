import { spawn } from 'node:child_process'
import { appendFileSync, writeSync } from 'node:fs'

/*
 * A worker for tests that behaves as it is told:
 *   node worker.mjs drains          finishes on SIGTERM, says how many it got
 *   node worker.mjs stubborn [FILE] says that it got SIGTERM, also to a file, and goes on
 *   node worker.mjs exits CODE      writes to both streams and ends at once
 *   node worker.mjs leaks MB        takes so much memory, then holds it
 *   node worker.mjs parent          starts a child of its own in another session, which ignores SIGTERM
 *   node worker.mjs prints LINES    prints so many lines of 100 characters, then ends on SIGTERM
 *   node worker.mjs env NAME ...    prints these variables, its folder and its arguments
 */
const [how, ...rest] = process.argv.slice(2)
/** Whoever listened may be gone: a worker that goes on all the same is the harder one. @param {string} text */
function say(text) {
  try {
    writeSync(1, `${text}\n`)
  } catch {
    // EPIPE
  }
}
const stay = () => setInterval(() => {}, 1000)

if (how === 'drains' || how === 'leaks' || how === 'prints') {
  let signals = 0
  process.on('SIGTERM', () => {
    say(`asked ${++signals}`)
    setTimeout(() => {
      say(`finished after ${signals}`)
      process.exit(0)
    }, 200)
  })
}
if (how === 'stubborn') {
  process.on('SIGTERM', () => {
    if (rest[0] !== undefined) appendFileSync(rest[0], 'not now\n')
    say('not now')
  })
}
if (how === 'exits') {
  say('about to end')
  writeSync(2, 'first line of trouble\nno such queue\n')
  process.exit(Number(rest[0]))
}
if (how === 'leaks') {
  const held = []
  for (let megabyte = 0; megabyte < Number(rest[0]); megabyte++) held.push(Buffer.alloc(1024 * 1024, megabyte + 1))
  setInterval(() => held.length, 1000) // so that it stays held
}
if (how === 'parent') {
  const script = `process.on('SIGTERM', () => {}); console.log('child ' + process.pid); setInterval(() => {}, 1000)`
  spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'inherit', 'ignore'] })
}
if (how === 'prints') for (let line = 0; line < Number(rest[0]); line++) console.log(String(line).padEnd(100, 'x'))
if (how === 'env') {
  say(JSON.stringify({ folder: process.cwd(), args: rest, env: rest.map((name) => process.env[name] ?? null) }))
}
say(`ready ${process.pid}`)
stay()
