import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aCommand } from '../../../test/workers/a-command.ts'
import { runCommands } from '../../../test/workers/run-commands.ts'
import { openLeftOver } from './left-over.ts'

let folder: string
const log: string[] = []
const ends: (() => void)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-left-'))
  log.length = 0
})
afterEach(() => {
  for (const end of ends.splice(0)) end()
  rmSync(folder, { recursive: true, force: true })
})

const open = () => openLeftOver(folder, (line) => log.push(line))
const file = () => join(folder, 'worker-processes.json')

function startSomething(): number {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  ends.push(() => child.kill('SIGKILL'))
  return Number(child.pid)
}

test('the next run knows what the last one left behind, and nothing that ended', async () => {
  const [stays, goes] = [startSomething(), startSomething()]
  const before = await open()
  before.add(stays, 'Mail')
  before.add(goes, 'Mail')
  before.remove(goes)
  await before.flushed()
  expect((await open()).found).toEqual([{ pid: stays, name: 'Mail' }])
})

test('another process under the same number is not meant', async () => {
  const pid = startSomething()
  writeFileSync(file(), JSON.stringify({ version: 1, processes: [{ pid, started: 'long ago', name: 'Mail' }] }))
  expect((await open()).found).toEqual([])
})

test('a folder that cannot be written holds up nothing', async () => {
  const left = await open()
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'not a folder')
  left.add(startSomething(), 'Mail')
  await left.flushed()
  expect(log).toEqual([expect.stringContaining('could not be written')])
})

test('is kept by the worker commands, and told at their next start', async () => {
  const { commands, run, status, end } = await runCommands({ folder })
  const id = await run(aCommand())
  const pid = Number(status(id).processes[0]?.pid)
  const kept = () => JSON.parse(readFileSync(file(), 'utf8')).processes
  await expect.poll(kept).toMatchObject([{ pid, name: 'Mail' }])
  const next = await runCommands({ folder })
  expect(next.commands.notices).toEqual([
    expect.stringContaining(`Process ${pid} of the worker command "Mail" was left`),
  ])
  await commands.close()
  expect(kept()).toEqual([])
  await next.end()
  await end()
})
