import { describe, expect, it, vi } from 'vitest'
import { begin, failureOf, handling, strict, texts } from '../../../test/handler-stage.ts'
import { patience } from '../../../test/patience.ts'

describe('a job that fails', () => {
  it('threw: with its words, and its stack in the output', async () => {
    const { processes, output } = handling(`throw new RangeError('no such user')`)
    const failure = { kind: 'threw', message: 'no such user', retryable: true, retryAfterMs: null }
    expect(await failureOf(processes)).toEqual(failure)
    expect(texts(output)[0]).toBe('RangeError: no such user')
    expect(texts(output)[1]).toContain('.mjs:2')
    expect(processes.count).toBe(1)
  })

  it('threw: an error may say that trying again cannot help, or when it may', async () => {
    const { processes } = handling(`throw Object.assign(new Error('gone'), job.data)`)
    expect(await failureOf(processes, { retryable: false })).toMatchObject({ retryable: false, retryAfterMs: null })
    expect(await failureOf(processes, { retryAfterMs: 5000 })).toMatchObject({ retryable: true, retryAfterMs: 5000 })
    expect(await failureOf(processes, { retryAfterMs: 'soon' })).toMatchObject({ retryable: true, retryAfterMs: null })
  })

  it('threw: what is no error at all', async () => {
    const { processes } = handling('throw job.data.what')
    expect(await failureOf(processes, { what: 'words' })).toMatchObject({ kind: 'threw', message: 'words' })
    expect(await failureOf(processes, {})).toMatchObject({ kind: 'threw', message: 'undefined' })
  })

  it.each(['for (;;) {}', 'await new Promise(() => setInterval(() => {}, 1000))'])('time: %s', async (body) => {
    const { processes, output } = handling(body, { limits: { timeMs: 300 }, timing: strict })
    const message = 'It took longer than 300 ms.'
    expect(await failureOf(processes)).toEqual({ kind: 'time', message, retryable: true, retryAfterMs: null })
    expect(texts(output)).toEqual([expect.stringMatching(/^Process \d+ is killed\. It took longer than 300 ms\.$/)])
    await vi.waitFor(() => expect(processes.count).toBe(0), patience)
  })

  it('time: told in the same way by one that honours the signal, and keeps its process', async () => {
    const { processes } = handling(
      `await new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)))`,
      { limits: { timeMs: 300 } },
    )
    expect(await failureOf(processes)).toMatchObject({ kind: 'time', retryable: true })
    expect(processes.count).toBe(1)
  })

  it('exited: by process.exit', async () => {
    const { processes, output } = handling('process.exit(3)')
    const message = 'Its process ended with exit code 3.'
    expect(await failureOf(processes)).toEqual({ kind: 'exited', message, retryable: true, retryAfterMs: null })
    expect(texts(output)).toEqual([
      expect.stringMatching(/^Process \d+ is gone\. Its process ended with exit code 3\.$/),
    ])
    expect(processes.count).toBe(0)
  })

  it('exited: by kill -9 from outside; the next job gets a new process', async () => {
    const { processes } = handling(
      `if (job.data.wait) { ctx.log('x'); await new Promise(() => setInterval(() => {}, 1000)) }`,
    )
    const run = begin(processes, { wait: true })
    await run.said
    process.kill(run.heard.pid, 'SIGKILL')
    expect(await run.failure).toMatchObject({
      kind: 'exited',
      message: 'Its process ended by SIGKILL.',
      retryable: true,
    })
    const next = begin(processes)
    await next.result
    expect(next.heard.pid).not.toBe(run.heard.pid)
  })

  it.each([
    ['an error', `setTimeout(() => { throw new Error('later') })`, 'Nobody caught an error: later'],
    ['a rejection', `Promise.reject(new Error('later'))`, 'Nobody caught the rejection of a promise: later'],
  ])('exited: by %s that nobody caught', async (_what, code, words) => {
    const { processes, output } = handling(`${code}\nawait new Promise(() => setInterval(() => {}, 1000))`)
    expect(await failureOf(processes)).toMatchObject({
      kind: 'exited',
      message: `Its process ended with exit code 1. ${words}`,
      retryable: true,
    })
    expect(texts(output)).toContain('Error: later')
  })

  it('memory: as V8 finds none', async () => {
    const { processes } = handling('const all = []\nfor (;;) all.push(new Array(1000).fill(all.length))', {
      limits: { memoryMb: 64 },
      timing: { measureMs: 600_000 },
    })
    const message = 'Its process found no more memory: it may need 64 MB.'
    expect(await failureOf(processes)).toEqual({ kind: 'memory', message, retryable: true, retryAfterMs: null })
  })

  it('memory: as the system counts it', async () => {
    const { processes, output } = handling(
      `const all = []\nfor (;;) { all.push(Buffer.alloc(4_000_000, 1)); await new Promise((next) => setTimeout(next, 5)) }`,
      { limits: { memoryMb: 100 }, timing: { measureMs: 50 } },
    )
    expect(await failureOf(processes)).toMatchObject({
      kind: 'memory',
      message: expect.stringMatching(/^Its process needed 1\d\d MB more than an empty one, and may need 100 MB\.$/),
      retryable: true,
    })
    expect(texts(output)).toEqual([expect.stringContaining('is killed. Its process needed')])
  })

  it.each([
    ['a function', '() => {}'],
    ['a function within', '({ a: [() => {}] })'],
    ['a circle', '(() => { const a = {}; a.a = a; return a })()'],
    ['a BigInt', '({ id: 1n })'],
  ])('result: %s', async (_what, value) => {
    const { processes } = handling(`return ${value}`)
    expect(await failureOf(processes)).toMatchObject({
      kind: 'result',
      message: expect.stringMatching(/^It ran to its end, but what it returned is no JSON\. .+/),
      retryable: false,
    })
  })

  it('cannot confuse Sluice with messages of its own', async () => {
    const { processes } = handling(`
      const junk = [null, 'done', 7, {}, { kind: 'done' }, { kind: 'done', run: 'x', result: null }, { kind: 'done', run: 9 }]
      for (const message of junk) process.send(message)
      ctx.progress('half')
      ctx.progress({ done: -1, total: Infinity, percent: 300, message: 5 })
      return 'fine'
    `)
    const { result, heard } = begin(processes)
    expect(await result).toBe('"fine"')
    expect(heard.progress.at(-1)).toEqual({ percent: 100, done: null, total: null, failed: null, message: '5' })
  })

  it('takes down nobody with megabytes of output', async () => {
    const { processes, output } = handling(`
      for (let n = 0; n < 20; n++) process.stdout.write((n + 'x'.repeat(99) + '\\n').repeat(10_000))
      process.stdout.write('y'.repeat(5_000_000) + '\\n')
      return 'done'
    `)
    expect(await begin(processes).result).toBe('"done"')
    await vi.waitFor(() => expect(output.last).toBe(200_001), patience)
    const { lines, dropped } = output.read({ search: '', after: 0 })
    expect(lines.at(-1)?.text).toMatch(/^y{4000} … \(4996000 more characters\)$/)
    expect(dropped).toBeGreaterThan(190_000)
  })
})
