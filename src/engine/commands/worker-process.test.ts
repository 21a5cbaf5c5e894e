import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { patience } from '../../../test/patience.ts'
import { aCommand } from '../../../test/workers/a-command.ts'
import { gone, isRunning } from '../../../test/workers/run-commands.ts'
import { usageOf } from '../processes/usage-of.ts'
import { listProcesses, stillRuns, treeOf } from './process-table.ts'
import { treeUsageOf } from './usage.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** Stands for Sluice: a process that starts a worker and says which, until it is killed. */
async function host(drainMs: number, thenDrain: boolean, ...how: string[]) {
  const module = new URL('worker-process.ts', import.meta.url).href
  const { program, args, folder } = aCommand({}, ...how)
  const invocation = { program, args, folder, env: process.env }
  const script = `
    const { startWorker } = await import(${JSON.stringify(module)})
    const worker = startWorker(${JSON.stringify(invocation)}, { drainSignal: 'SIGTERM', drainMs: ${drainMs} })
    console.log('worker ' + worker.pid)
    worker.stdout.on('data', (text) => {
      process.stdout.write(text)
      if (${thenDrain} && /ready/.test(text)) worker.drain()
    })
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  ends.push(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const said = (text: RegExp) =>
    vi.waitFor(() => {
      const found = text.exec(output)
      if (found === null) throw new Error(`${text} is not in ${output}`)
      return found
    }, patience)
  const pid = Number((await said(/worker (\d+)/))[1])
  ends.push(() => isRunning(pid) && process.kill(-pid, 'SIGKILL'))
  await said(/ready/)
  return {
    pid,
    said,
    async killHost() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

describe.skipIf(process.platform === 'win32')('when Sluice is killed', () => {
  test('its workers are asked to finish', async () => {
    const { pid, killHost } = await host(60_000, false, 'drains')
    await killHost()
    await gone(pid)
  })

  test('those that do not finish in time are killed', async () => {
    const { pid, killHost } = await host(1000, false, 'stubborn')
    await killHost()
    await gone(pid)
  })

  test('a worker that it had asked already is not asked again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-worker-'))
    ends.push(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'signals')
    const { pid, said, killHost } = await host(1500, true, 'stubborn', file)
    await said(/not now/)
    const group = [...(await listProcesses()).values()].filter((entry) => entry.group === pid)
    expect(group).toHaveLength(2) // the worker and its watcher
    await killHost()
    for (const entry of group) await gone(entry.pid)
    expect(readFileSync(file, 'utf8')).toBe('not now\n')
  })
})

describe('the process table', () => {
  test('knows this process, its parent and its children', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    ends.push(() => child.kill('SIGKILL'))
    const table = await listProcesses()
    expect(table.get(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid })
    const tree = treeOf(table, process.pid).map(({ pid }) => pid)
    expect(tree[0]).toBe(process.pid)
    expect(tree).toContain(child.pid)
    expect(treeOf(table, 2 ** 30)).toEqual([])
  })

  test('tells a process from another one that has its number', async () => {
    const table = await listProcesses()
    const own = table.get(process.pid)
    expect(own && stillRuns(table, own)).toBe(true)
    expect(stillRuns(table, { pid: process.pid, started: 'earlier' })).toBe(false)
  })

  test('is not misled by a parent that is its own child', () => {
    const entry = (pid: number, parent: number) => ({ pid, parent, group: pid, started: '1' })
    const table = new Map([entry(5, 6), entry(6, 5), entry(7, 6)].map((each) => [each.pid, each]))
    expect(treeOf(table, 5).map(({ pid }) => pid)).toEqual([5, 6, 7])
  })

  test('adds up what a tree takes', async () => {
    const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'])
    ends.push(() => child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    const alone = await usageOf([process.pid, Number(child.pid)])
    const usages = await treeUsageOf([process.pid, 2 ** 30])
    expect([...usages.keys()]).toEqual([process.pid])
    const [own, below] = [process.pid, Number(child.pid)].map((pid) => alone.get(pid)?.memoryBytes ?? 0)
    expect(below).toBeGreaterThan(10e6)
    expect(usages.get(process.pid)?.memoryBytes).toBeGreaterThan(Number(own) + Number(below) / 2)
  })
})
