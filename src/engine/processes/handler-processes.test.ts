import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { begin, failureOf, folder, handling, processesOf, strict, texts } from '../../../test/handler-stage.ts'
import { patience } from '../../../test/patience.ts'

describe('a job in a process of its own', () => {
  it('gets its data, and what it tells and returns comes back', async () => {
    const { processes, output } = handling(`
      console.log('to out')
      console.error('to err')
      const { progress, log } = ctx
      progress({ done: 1, total: 4, failed: 1, message: 'a quarter' })
      log('seen', { by: 'me' })
      return { ...job, attempts: ctx.attempt, aborted: ctx.signal.aborted }
    `)
    const { result, heard } = begin(processes, '{"n":12345678901234567890,"list":[1]}')
    expect(JSON.parse((await result) as string)).toEqual({
      id: '7',
      type: 'mail',
      to: 'a@b.c',
      data: { n: 12345678901234567000, list: [1] },
      raw: '{"data":{"n":12345678901234567890,"list":[1]}}',
      attempt: 2,
      attempts: 2,
      aborted: false,
    })
    expect(heard.lines).toEqual(["seen { by: 'me' }"])
    expect(heard.progress).toEqual([{ percent: 25, done: 1, total: 4, failed: 1, message: 'a quarter' }])
    expect(heard.pid).toBe(processes.pids[0])
    expect(heard.pid).not.toBe(process.pid)
    await vi.waitFor(() => expect(texts(output).sort()).toEqual(['to err', 'to out']), patience)
    const { lines } = output.read({ search: 'to out', after: 0 })
    expect(lines).toMatchObject([{ pid: heard.pid, from: 'out' }])
  })

  it('finds the files beside its handler', async () => {
    writeFileSync(join(folder, 'beside.txt'), 'here')
    const { processes } = processesOf(
      'reads.mjs',
      `import { readFileSync } from 'node:fs'\nexport const handle = () => readFileSync('beside.txt', 'utf8')`,
    )
    expect(await begin(processes).result).toBe('"here"')
  })

  it('may return nothing', async () => {
    const { processes } = handling('')
    expect(await begin(processes).result).toBeUndefined()
  })

  it('tells progress no more often than a screen can show, and the last of it always', async () => {
    const { processes } = handling('for (let n = 0; n <= 100_000; n++) ctx.progress(n / 1000)')
    const { result, heard } = begin(processes)
    await result
    expect(heard.progress.length).toBeLessThan(100)
    expect(heard.progress[0]?.percent).toBe(0)
    expect(heard.progress.at(-1)).toEqual({ percent: 100, done: null, total: null, failed: null, message: null })
  })

  it.each([
    [
      '.ts',
      'h.ts',
      'enum E { Two = 2 }\nexport const handle = (job: { data: { n: number } }): number => job.data.n * E.Two',
    ],
    ['.js as an ES module', 'esm.js', 'export const handle = (job) => job.data.n * 2'],
    ['.js as CommonJS', 'cjs.js', 'module.exports = { handle: (job) => job.data.n * 2 }'],
    ['exports.handle', 'exports.js', 'exports.handle = (job) => job.data.n * 2'],
    [
      'a default export',
      'default.mjs',
      'export default { factor: 2, handle(job) { return job.data.n * this.factor } }',
    ],
  ])('is run by %s', async (_what, name, code) => {
    const { processes, output } = processesOf(name, code)
    expect(await begin(processes, { n: 21 }).result).toBe('42')
    expect(texts(output)).toEqual([])
  })

  it('is aborted when its worker may no longer do it, and may end well even so', async () => {
    const { processes } = handling(`
      ctx.log('waiting')
      await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
      return 'cleaned up'
    `)
    const run = begin(processes)
    await run.said
    run.abort()
    expect(await run.result).toBe('"cleaned up"')
    expect(processes.count).toBe(1)
  })

  it('loses its process when it does not care about being aborted', async () => {
    const { processes } = handling(`ctx.log('waiting')\nawait new Promise(() => setInterval(() => {}, 1000))`, {
      timing: strict,
    })
    const run = begin(processes)
    await run.said
    run.abort()
    expect(await run.failure).toMatchObject({ kind: 'taken', retryable: true })
    await vi.waitFor(() => expect(processes.count).toBe(0), patience)
  })
})

describe('several jobs', () => {
  const wait = `ctx.log('x')\nawait new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))`

  it('run in a process each, which the next ones use again', async () => {
    const { processes } = handling(wait)
    const runs = [begin(processes), begin(processes)]
    await Promise.all(runs.map(({ said }) => said))
    expect(processes.count).toBe(2)
    expect(new Set(runs.map(({ heard }) => heard.pid))).toEqual(new Set(processes.pids))
    for (const { abort } of runs) abort()
    await Promise.all(runs.map(({ result }) => result))
    const next = begin(processes)
    await next.said
    expect(processes.pids).toContain(next.heard.pid)
    expect(processes.count).toBe(2)
    next.abort()
    await next.result
  })

  it('share a process when they may, and its end', async () => {
    const { processes } = handling(`if (job.data.loop) for (;;) {}\n${wait}`, {
      limits: { timeMs: 400, jobsPerProcess: 2 },
      timing: strict,
    })
    const [other, guilty] = [begin(processes), begin(processes, { loop: true })]
    await Promise.all([other.started, guilty.started])
    expect(processes.count).toBe(1)
    expect(await guilty.failure).toMatchObject({ kind: 'time' })
    // Both are past their time then; which of them is told first is the system's to choose.
    expect(['time', 'exited']).toContain((await other.failure).kind)
  })

  it('of a process that is killed for one of them are told so', async () => {
    const { processes } = handling(`ctx.log('x')\nif (job.data.loop) for (;;) {}\nawait new Promise(() => {})`, {
      limits: { jobsPerProcess: 2 },
      timing: strict,
    })
    const other = begin(processes)
    await other.said
    const guilty = begin(processes, { loop: true })
    await guilty.said
    guilty.abort()
    expect(await guilty.failure).toMatchObject({ kind: 'taken' })
    expect(await other.failure).toMatchObject({
      kind: 'exited',
      message: expect.stringMatching(/^Its process was killed for another job in it\./),
      retryable: true,
    })
  })

  it('leave one process behind when there is nothing more to do', async () => {
    const { processes } = handling(wait, { timing: { idleMs: 100 } })
    const runs = [begin(processes), begin(processes), begin(processes)]
    await Promise.all(runs.map(({ said }) => said))
    expect(processes.count).toBe(3)
    for (const { abort } of runs) abort()
    await vi.waitFor(() => expect(processes.count).toBe(1), patience)
    await begin(processes).started
    expect(processes.count).toBe(1)
  })

  it('fail as taken when all is closed, and no process stays', async () => {
    const { processes } = handling(`ctx.log('x')\nfor (;;) {}`)
    const run = begin(processes)
    await run.said
    await processes.close()
    expect(await run.failure).toMatchObject({ kind: 'taken', message: 'Its worker was stopped.' })
    expect(processes.count).toBe(0)
    expect(() => process.kill(run.heard.pid, 0)).toThrow()
    expect(await failureOf(processes)).toMatchObject({ kind: 'taken' })
  })

  it('are measured while they run', async () => {
    const { processes } = handling(wait, { timing: { measureMs: 20 } })
    const run = begin(processes)
    await run.said
    await vi.waitFor(() => expect(processes.memoryBytes).toBeGreaterThan(10_000_000), patience)
    run.abort()
    await run.result
  })
})

describe('a handler file', () => {
  it('is loaded anew after a change of it; a job that runs stays where it is', async () => {
    const { processes, file, output } = handling(`
      if (job.data.wait) { ctx.log('x'); await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve)) }
      return 'old'
    `)
    const old = begin(processes, { wait: true })
    await old.said
    writeFileSync(file, 'export const handle = () => "brand new"')
    expect(await begin(processes).result).toBe('"brand new"')
    old.abort()
    expect(await old.result).toBe('"old"')
    await vi.waitFor(() => expect(processes.count).toBe(1), patience)
    expect(texts(output)).toEqual([expect.stringMatching(/\.mjs has changed: the next jobs run in new processes\.$/)])
  })

  it('is loaded anew after a change of what it imports', async () => {
    mkdirSync(join(folder, 'parts'), { recursive: true })
    writeFileSync(join(folder, 'parts', 'word.mjs'), 'export const word = "one"')
    writeFileSync(join(folder, 'parts', 'index.mjs'), `export { word } from './word.mjs'`)
    const { processes } = processesOf(
      'imports.mjs',
      `import { word } from './parts/index.mjs'\nexport const handle = () => word`,
    )
    expect(await begin(processes).result).toBe('"one"')
    writeFileSync(join(folder, 'parts', 'word.mjs'), 'export const word = "another"')
    expect(await begin(processes).result).toBe('"another"')
  })

  it('that does not load fails its jobs in words, is not tried in a loop, and works as soon as it is mended', async () => {
    const { processes, file, output } = processesOf('mended.mjs', `throw new Error('no settings')`, {
      timing: { holdOffMs: 60_000 },
    })
    const message = 'The handler could not be loaded. It failed while it loaded: no settings'
    expect(await failureOf(processes)).toMatchObject({ kind: 'threw', message, retryable: true })
    await vi.waitFor(() => expect(processes.count).toBe(0), patience)
    const waiting = [begin(processes), begin(processes)]
    const given = begin(processes)
    given.abort()
    expect(await given.failure).toMatchObject({ kind: 'taken' })
    expect(processes.count).toBe(0)
    writeFileSync(file, 'export const handle = () => "mended"')
    expect(await Promise.all(waiting.map(({ result }) => result))).toEqual(['"mended"', '"mended"'])
    expect(texts(output).filter((text) => text.startsWith('The handler could not be loaded.'))).toHaveLength(1)
  })

  it('that does not load is tried again after a while, once for all jobs that wait', async () => {
    const { processes, output } = processesOf('exits.mjs', 'process.exit(5)', { timing: { holdOffMs: 100 } })
    const message = 'The handler could not be loaded. Its process ended with exit code 5.'
    expect(await failureOf(processes)).toMatchObject({ kind: 'threw', message })
    const failures = await Promise.all([failureOf(processes), failureOf(processes), failureOf(processes)])
    expect(failures).toMatchObject([{ message }, { message }, { message }])
    expect(texts(output).filter((text) => text === message)).toHaveLength(2)
  })

  it.each([
    [
      'a syntax error in an ES module',
      'a.mjs',
      'export const handle = 1\nconst = 3',
      'Line 2 of a.mjs: Expected identifier but found "=".',
    ],
    ['a syntax error in CommonJS', 'b.js', 'const a = 1\n\nconst = 3', "Line 3 of b.js: Unexpected token '='."],
    [
      'a syntax error in TypeScript',
      'c.ts',
      'const a: number = 1\nconst = 3',
      'Line 2 of c.ts: Expected identifier but found "=".',
    ],
    ['no handle', 'd.mjs', 'export const other = 1', 'd.mjs exports no function named handle.'],
    [
      'a missing package',
      'e.mjs',
      'import "no-such-thing"',
      expect.stringContaining("Cannot find package 'no-such-thing'"),
    ],
  ])('with %s says so', async (_what, name, code, problem) => {
    const { processes } = processesOf(name, code)
    const { message } = await failureOf(processes)
    expect(message.replace('The handler could not be loaded. ', '')).toEqual(problem)
  })

  it('that does not load in time is given up', async () => {
    const { processes } = processesOf('loop.mjs', 'for (;;) {}', { timing: { loadMs: 1000 } })
    const message = 'The handler could not be loaded. It did not load within 1 second.'
    expect(await failureOf(processes)).toMatchObject({ kind: 'threw', message, retryable: true })
  })

  it('that is not there says so', async () => {
    const { processes, file } = handling('')
    rmSync(file)
    expect(await failureOf(processes)).toMatchObject({
      message: `The handler could not be loaded. There is no file ${file}.`,
    })
  })
})
