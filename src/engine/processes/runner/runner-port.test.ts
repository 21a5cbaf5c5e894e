import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildHandlerRunner } from '../../../../test/handler-runner.ts'
import { patience } from '../../../../test/patience.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-port-'))
let runner = ''
beforeAll(async () => {
  runner = await buildHandlerRunner()
})
afterAll(() => {
  for (const made of [folder, dirname(runner)]) rmSync(made, { recursive: true, force: true })
})

/** Stands for Sluice: starts a handler process, sends it a job, and writes its pid when the job runs. */
const parent = `
  const child = require('node:child_process').fork(process.argv[2], [process.argv[3]])
  child.on('message', ({ kind }) => {
    if (kind === 'ready') child.send({ kind: 'job', run: 1, job: { body: '{}', attempt: 1 } })
    if (kind === 'log') console.log(child.pid)
  })`

const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe.skipIf(process.platform === 'win32')('a handler process whose parent was killed', () => {
  it.each([
    ['waits', 'await new Promise(() => setInterval(() => {}, 1000))'],
    ['never lets go of its thread', 'for (;;) {}'],
  ])('ends when its handler %s', async (_what, body) => {
    const file = join(folder, `${crypto.randomUUID()}.mjs`)
    writeFileSync(file, `export async function handle(job, ctx) { ctx.log('runs'); ${body} }`)
    writeFileSync(join(folder, 'parent.cjs'), parent)
    const target = JSON.stringify({ kind: 'file', file })
    const sluice = spawn(process.execPath, [join(folder, 'parent.cjs'), runner, target], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = await once(sluice.stdout, 'data')
    const pid = Number(said)
    expect(isThere(pid)).toBe(true)
    sluice.kill('SIGKILL')
    await vi.waitFor(() => expect(isThere(pid)).toBe(false), patience)
  })
})

it('says to a person who starts it that this is not for them', async () => {
  const child = spawn(process.execPath, [runner], { stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr.setEncoding('utf8')
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  expect((await once(child, 'close'))[0]).toBe(1)
  expect(said).toContain('This program is started by Sluice, to run a handler.')
})
