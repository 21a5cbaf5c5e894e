import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { aCommand } from '../../../test/workers/a-command.ts'
import { gone, isRunning, type RunCommands, runCommands } from '../../../test/workers/run-commands.ts'
import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Scale } from '../../domain/scale.ts'
import type { WorkerCommandStatus } from '../../domain/worker-command.ts'
import type { CommandsOptions } from './commands.ts'

let rig: RunCommands
const open = async (options?: Partial<CommandsOptions>) => {
  rig = await runCommands(options)
  return rig
}
afterEach(() => rig.end())

const mail: QueueRef = { system: 'laravel', prefix: '', name: 'mail' }
const sms: QueueRef = { ...mail, name: 'sms' }
const signals = process.platform === 'win32' ? 'Windows has no signals that ask' : null

describe('a worker', () => {
  test('gets its folder, its arguments and its environment, and its output is kept', async () => {
    const { run, told, commands } = await open()
    const command = aCommand({ passRedisUrl: true, env: { LANE: 'fast' }, queues: [{ queue: mail, weight: 1 }] })
    const id = await run({ ...command, args: [...command.args.slice(0, 1), 'env', 'REDIS_URL', 'LANE', '{queue}'] })
    const [line] = await told(id, '"folder"')
    expect(JSON.parse(line?.text ?? '')).toEqual({
      folder: command.folder.replace(/[/\\]$/, ''),
      args: ['REDIS_URL', 'LANE', 'mail'],
      env: ['redis://127.0.0.1:1', 'fast', null],
    })
    expect(commands.list()).toMatchObject([{ id, state: 'running', wanted: 1, processes: [{ queue: mail }] }])
    expect(line).toMatchObject({ from: 'out', pid: commands.list()[0]?.processes[0]?.pid })
  })

  test.skipIf(signals)('is asked once, and may finish', async () => {
    const { run, told, until, lines, commands } = await open()
    const id = await run(aCommand())
    await told(id, 'ready')
    expect(commands.stop(id)).toMatchObject({ state: 'draining', wanted: 0, processes: [{ state: 'draining' }] })
    commands.stop(id)
    const { lastExit, processes } = await until(id, ({ state }) => state === 'stopped')
    expect(processes).toEqual([])
    expect(lastExit).toMatchObject({ code: 0, signal: null })
    expect(lines(id, 'finished')).toMatchObject([{ text: 'finished after 1' }])
  })

  test.skipIf(signals)('that does not finish in time is killed', async () => {
    const { run, told, until, commands } = await open()
    const id = await run(aCommand({ drainMs: 300 }, 'stubborn'))
    await told(id, 'ready')
    commands.stop(id)
    const { lastExit } = await until(id, ({ state }) => state === 'stopped')
    expect(lastExit).toMatchObject({ code: null, signal: 'SIGKILL' })
    await told(id, 'not now')
    await told(id, 'did not finish within 0.3 s')
  })

  test('takes what it started with it, also what left its group', async () => {
    const { run, told, until, commands } = await open()
    const id = await run(aCommand({}, 'parent'))
    const [line] = await told(id, 'child ')
    const child = Number(line?.text.split(' ')[1])
    expect(isRunning(child)).toBe(true)
    commands.kill(id)
    await until(id, ({ state }) => state === 'stopped')
    await gone(child)
  })

  test.skipIf(signals)(
    'that ends when it is asked takes what it started with it, even before anybody looked',
    async () => {
      const { run, told, until, commands } = await open({ timing: { measureEveryMs: 60_000 } })
      const id = await run(aCommand({}, 'parent'))
      const [line] = await told(id, 'child ')
      commands.stop(id)
      await until(id, ({ state }) => state === 'stopped')
      await gone(Number(line?.text.split(' ')[1]))
    },
  )

  test.skipIf(signals)('that is killed from outside takes its children with it, and another one comes', async () => {
    const { run, told, until } = await open()
    const id = await run(aCommand({}, 'parent'))
    const [line] = await told(id, 'child ')
    const child = Number(line?.text.split(' ')[1])
    // Its memory counts the child's, which has been seen by then.
    const { processes } = await until(id, (status) => (status.processes[0]?.memoryBytes ?? 0) > 50e6)
    const pid = Number(processes[0]?.pid)
    process.kill(pid, 'SIGKILL')
    const after = await until(id, (status) => status.processes.some((each) => each.pid !== pid))
    expect(after).toMatchObject({ restarts: 1, lastExit: { pid, code: null, signal: 'SIGKILL' } })
    await gone(child)
  })

  test('may print megabytes: the newest lines are kept', async () => {
    const { run, told, commands } = await open()
    const id = await run(aCommand({}, 'prints', '60000'))
    await told(id, '59999x')
    const { lines, dropped } = commands.output(id, { search: '', after: 0 })
    expect(lines.at(-1)?.text).toMatch(/^59999x/)
    expect(dropped).toBeGreaterThan(50_000)
  })
})

describe('a worker that ends', () => {
  test('is started again, later each time, and given up with its last words', async () => {
    const { run, until, lines, notifications } = await open()
    const id = await run(aCommand({}, 'exits', '3'))
    const { problem, restarts, lastExit, processes, wanted } = await until(id, ({ state }) => state === 'failed')
    expect({ restarts, processes, wanted }).toEqual({ restarts: 4, processes: [], wanted: 0 })
    expect(lastExit).toMatchObject({ code: 3 })
    expect(problem).toBe(
      'It ended 4 times in a row, each time within 60 s of its start, the last time with code 3, and is not started again. It said: first line of trouble / no such queue',
    )
    expect(notifications).toEqual([{ level: 'error', title: 'Mail was given up', text: problem }])
    expect(lines(id, 'about to end')).toHaveLength(4)
    const waits = lines(id, 'Another one is started in').map(({ text }) => Number(/in ([\d.]+) s/.exec(text)?.[1]))
    expect(waits).toHaveLength(3)
    expect(waits.toSorted((a, b) => a - b)).toEqual(waits)
  })

  test('is waited for, and a stop ends that', async () => {
    const { run, until, commands } = await open()
    const id = await run(aCommand({ restart: { firstMs: 60_000, longestMs: 60_000, giveUpAfter: 3 } }, 'exits', '0'))
    await until(id, ({ state }) => state === 'waiting')
    expect(commands.stop(id)).toMatchObject({ state: 'stopped', wanted: 0 })
  })

  test.skipIf(signals)('well after a good run is started again at once, and that counts for nothing', async () => {
    let later = 0
    const { run, told, until, lines } = await open({ now: () => Date.now() + later })
    const id = await run(aCommand({ restart: { firstMs: 60_000, longestMs: 60_000, giveUpAfter: 1 } }))
    const [ready] = await told(id, 'ready')
    later = 60_000
    process.kill(Number(ready?.pid), 'SIGTERM')
    await told(id, 'ready', 2)
    const { restarts } = await until(id, ({ state, lastExit }) => state === 'running' && lastExit?.code === 0)
    expect(restarts).toBe(0)
    expect(lines(id, 'Another one is started in')).toEqual([])
  })

  test('fails as one with those that fell at the same time', async () => {
    const { run, until, lines } = await open()
    const config = aCommand({ scale: { by: 'fixed', count: 3 } }, 'exits', '1')
    const id = await run({ ...config, restart: { firstMs: 2000, longestMs: 2000, giveUpAfter: 2 } })
    await until(id, ({ state, processes }) => state === 'failed' && processes.length === 0)
    expect(lines(id, 'about to end').length).toBeGreaterThanOrEqual(4)
  })

  test('can be started again by hand after it was given up', async () => {
    const { run, until, commands } = await open()
    const id = await run(aCommand({ restart: { firstMs: 100, longestMs: 100, giveUpAfter: 1 } }, 'exits', '1'))
    await until(id, ({ state }) => state === 'failed')
    await commands.save({ id, config: aCommand(), autostart: false })
    expect(await commands.start(id)).toMatchObject({ state: 'running', problem: null, restarts: 0 })
  })

  test('whose program has gone says so', async () => {
    const { run, until, folder, commands } = await open()
    const program = join(folder, process.platform === 'win32' ? 'worker.exe' : 'worker')
    writeFileSync(program, '#!/bin/sh\nrm "$0"\n', { mode: 0o755 })
    if (process.platform === 'win32') return
    const id = await run(aCommand({ program, args: [] }))
    const { problem } = await until(id, ({ state }) => state === 'failed')
    expect(problem).toMatch(/worker is not there, or is no program/)
    await expect(commands.start(id)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('memory and processor', () => {
  test('are measured with all that it started', async () => {
    const { run, until } = await open()
    const id = await run(aCommand({}, 'parent'))
    const { processes } = await until(id, (status) => status.processes[0]?.cpu != null)
    expect(processes[0]?.memoryBytes).toBeGreaterThan(10e6)
  })

  test.skipIf(signals)('a worker above its limit may finish, and another one comes', async () => {
    const { run, told, until } = await open()
    // A bare node takes about 50 MB.
    const id = await run(aCommand({ memoryMb: 200 }, 'leaks', '190'))
    await told(id, 'more than its 200 MB: it is asked to finish')
    await told(id, 'finished after 1')
    const { restarts, lastExit } = await until(id, (status) => status.restarts > 0)
    expect(restarts).toBe(1)
    expect(lastExit).toMatchObject({ code: 0 })
    await told(id, 'ready', 2)
  })

  test('far above it, it is killed', async () => {
    const { run, told, until } = await open()
    const id = await run(aCommand({ memoryMb: 64 }, 'leaks', '190'))
    await told(id, 'more than its 64 MB by half: it is killed')
    const { lastExit } = await until(id, (status) => status.lastExit !== null)
    if (!signals) expect(lastExit?.signal).toBe('SIGKILL')
  })
})

describe('how many', () => {
  const bySize: Scale = {
    by: 'size',
    min: 0,
    max: 3,
    jobsPerWorker: 10,
    clearMs: 1000,
    cooldownMs: 500,
    step: 2,
  }

  test.skipIf(signals)('follows what waits, up and down, and nobody is cut off', async () => {
    const world = { waiting: 0, holders: 0 }
    const { run, told, until, lines, status, commands } = await open({
      loads: () => ({ waiting: world.waiting, averageJobMs: null, oldestWaitMs: null }),
      hold: () => {
        world.holders++
        return () => void world.holders--
      },
    })
    const id = await run(aCommand({ scale: bySize, queues: [{ queue: mail, weight: 1 }] }))
    expect(status(id)).toMatchObject({ state: 'running', wanted: 0, processes: [] })
    expect(world.holders).toBe(1)
    world.waiting = 100
    await until(id, ({ processes }) => processes.length === 3)
    await told(id, 'ready', 3)
    world.waiting = 0
    await until(id, ({ processes }) => processes.length === 0)
    expect(lines(id, 'finished after 1')).toHaveLength(3)
    expect(status(id)).toMatchObject({ state: 'running', restarts: 0, problem: null })
    commands.stop(id)
    expect(world.holders).toBe(0)
  })

  test.skipIf(signals)('never more at a time than the most, those that still finish included', async () => {
    const waits = new Map([
      ['mail', 100],
      ['sms', 0],
    ])
    let most = 0
    const { run, told, until } = await open({
      loads: (_, { name }) => ({ waiting: waits.get(name) ?? 0, averageJobMs: null, oldestWaitMs: null }),
    })
    const queues = [mail, sms].map((queue) => ({ queue, weight: 1 }))
    const id = await run(aCommand({ scale: { ...bySize, step: 3 }, queues, share: 'strict' }))
    const serving = (queue: QueueRef) => (status: WorkerCommandStatus) => {
      most = Math.max(most, status.processes.length)
      return status.processes.filter((each) => each.queue?.name === queue.name && each.state === 'running').length === 3
    }
    await until(id, serving(mail))
    await told(id, 'ready', 3)
    waits.set('mail', 0).set('sms', 100)
    await until(id, serving(sms))
    expect(most).toBe(3)
  })

  test('one line that is given up leaves the others at work', async () => {
    const { run, until, commands } = await open()
    const queues = [mail, { ...mail, name: 'exits' }].map((queue) => ({ queue, weight: 1 }))
    const config = aCommand({ queues, share: 'weighted', scale: { by: 'fixed', count: 2 } })
    const id = await run({ ...config, args: [String(config.args[0]), '{queue}', '1'] })
    const status = await until(id, ({ problem }) => problem !== null)
    expect(status).toMatchObject({ state: 'running', wanted: 1, processes: [{ queue: mail }] })
    expect(status.problem).toMatch(/^It ended for exits 4 times in a row/)
    commands.kill(id)
    await until(id, ({ state }) => state === 'stopped')
  })

  test('what is given up leaves its workers to the others', async () => {
    const { run, until } = await open({
      loads: () => ({ waiting: 1000, averageJobMs: null, oldestWaitMs: null }),
    })
    const queues = ['exits', 'drains'].map((name) => ({ queue: { ...mail, name }, weight: 1 }))
    const config = aCommand({ queues, share: 'strict', scale: { ...bySize, step: 3 } })
    const id = await run({ ...config, args: [String(config.args[0]), '{queue}', '1'] })
    const serving = (name: string) => (status: WorkerCommandStatus) =>
      status.processes.filter(({ queue }) => queue?.name === name).length === 3
    await until(id, serving('exits'))
    const { wanted } = await until(id, serving('drains'))
    expect(wanted).toBe(3)
  })

  test('together: each serves all queues', async () => {
    const { run, told, status } = await open()
    const queues = [mail, sms].map((queue) => ({ queue, weight: 1 }))
    const config = aCommand({ queues, scale: { by: 'fixed', count: 2 } })
    const id = await run({ ...config, args: [String(config.args[0]), 'env', '{queue}'] })
    await told(id, '"mail,sms"', 2)
    expect(status(id).processes.map(({ queue }) => queue)).toEqual([null, null])
  })
})

describe('the list', () => {
  test('is told at each change, four times a second at most', async () => {
    const { run, commands, told } = await open()
    const seen: string[] = []
    const times: number[] = []
    const reading = new AbortController()
    const read = (async () => {
      for await (const [now] of commands.feed.read(reading.signal)) {
        seen.push(now?.state ?? 'gone')
        times.push(performance.now())
        if (now === undefined) return
      }
    })()
    const id = await run(aCommand())
    await told(id, 'ready')
    commands.kill(id)
    await rig.until(id, ({ state }) => state === 'stopped')
    await commands.remove(id)
    await read
    expect(seen.at(-1)).toBe('gone')
    for (const [at, time] of times.entries()) if (at > 0) expect(time - (times[at - 1] ?? 0)).toBeGreaterThan(200)
    expect(rig.store.list()).toEqual([])
  })

  test('what runs cannot be started again or forgotten; what is not there cannot be found', async () => {
    const { run, commands } = await open()
    const id = await run(aCommand())
    await expect(commands.start(id)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(commands.remove(id)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(commands.start('none')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(() => commands.stop('none')).toThrow(SluiceError)
  })

  test('a change leaves what runs as it was', async () => {
    const { run, commands, status } = await open()
    const id = await run(aCommand())
    const [before] = status(id).processes
    await commands.save({ id, config: aCommand({ name: 'Post' }), autostart: true })
    expect(status(id)).toMatchObject({ autostart: true, config: { name: 'Post' }, processes: [{ pid: before?.pid }] })
  })
})

describe('when it may start', () => {
  test('only where the connection may write', async () => {
    const { commands } = await open({
      getConnection: () => {
        throw new SluiceError('NOT_OPEN')
      },
    })
    const { id } = await commands.save({ id: null, config: aCommand(), autostart: true })
    await expect(commands.start(id)).rejects.toMatchObject({ code: 'NOT_OPEN' })
    expect(commands.list()).toMatchObject([{ state: 'stopped', processes: [] }])
  })

  test('by itself, when it was saved so, and never where that is not allowed', async () => {
    const { commands, status, notifications } = await open({ mayStartAlone: (id) => id !== 'production' })
    const save = (connectionId: string, autostart: boolean, folder = aCommand().folder) =>
      commands.save({ id: null, config: aCommand({ connectionId, folder }), autostart })
    const [yes, no, production, other] = await Promise.all([
      save('local', true),
      save('local', false),
      save('production', true),
      save('other', true),
    ])
    await save('local', true, '/nowhere/at/all')
    await commands.autostart('local')
    await commands.autostart('production')
    const states = [yes, no, production, other].map(({ id }) => status(id).state)
    expect(states).toEqual(['running', 'stopped', 'stopped', 'stopped'])
    expect(notifications).toMatchObject([
      { level: 'error', title: 'Mail could not be started', text: 'There is no folder /nowhere/at/all.' },
    ])
  })

  test('a stop while it asks where Redis is wins', async () => {
    let answer: (url: string) => void = () => {}
    const { commands } = await open({ redisUrlOf: () => new Promise((resolve) => (answer = resolve)) })
    const { id } = await commands.save({ id: null, config: aCommand({ passRedisUrl: true }), autostart: false })
    const starting = commands.start(id)
    commands.stop(id)
    answer('redis://127.0.0.1')
    await expect(starting).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect(commands.list()).toMatchObject([{ state: 'stopped', processes: [] }])
  })
})

describe('the end', () => {
  test.skipIf(signals)('of a connection drains its workers, and kills those that take too long', async () => {
    const { run, told, status, commands } = await open()
    const [good, bad, other] = await Promise.all([
      run(aCommand()),
      run(aCommand({}, 'stubborn')),
      run(aCommand({ connectionId: 'other' })),
    ])
    for (const id of [good, bad, other]) await told(id, 'ready')
    await commands.stopConnection('local', 1500)
    expect([good, bad, other].map((id) => status(id).state)).toEqual(['stopped', 'stopped', 'running'])
    expect(status(good).lastExit).toMatchObject({ code: 0 })
    expect(status(bad).lastExit).toMatchObject({ signal: 'SIGKILL' })
    const pid = Number(status(other).processes[0]?.pid)
    await commands.close()
    expect(isRunning(pid)).toBe(false)
    await expect(commands.start(good)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  test('of a profile forgets its workers', async () => {
    const { run, commands, store } = await open()
    await run(aCommand())
    await commands.forget('local')
    expect(commands.list()).toEqual([])
    expect(store.list()).toEqual([])
  })
})
