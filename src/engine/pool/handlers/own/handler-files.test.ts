import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildHandlerRunner } from '../../../../../test/handler-runner.ts'
import type { JobProgress } from '../../../../domain/job-record.ts'
import { forkNodeProcess } from '../../../processes/fork-process.ts'
import { createHandlerProcesses } from '../../../processes/handler-processes.ts'
import { OutputLog } from '../../../processes/output-log.ts'
import { type HandlerFiles, handlerFiles } from './handler-files.ts'

const roots: string[] = []
let runner = ''

beforeAll(async () => {
  runner = await buildHandlerRunner()
})
afterAll(() => {
  for (const made of [...roots, dirname(runner)]) rmSync(made, { recursive: true, force: true })
})

function emptyFolder(): HandlerFiles & { folder: string } {
  const dataFolder = mkdtempSync(join(tmpdir(), 'sluice-own-'))
  roots.push(dataFolder)
  const folder = join(dataFolder, 'handlers')
  return { ...handlerFiles({ folder, fork: forkNodeProcess, runner }), folder }
}

describe('the files', () => {
  it('are none before the first', async () => {
    const files = emptyFolder()
    expect(await files.list()).toEqual({ folder: files.folder, files: [] })
  })

  it('are those of the folder that can be handlers', async () => {
    const files = emptyFolder()
    const path = await files.create('b.mjs')
    await files.create('a.ts')
    writeFileSync(join(files.folder, 'types.d.ts'), '')
    writeFileSync(join(files.folder, 'notes.txt'), '')
    writeFileSync(join(files.folder, '.hidden.js'), '')
    symlinkSync(path, join(files.folder, 'linked.js'))
    const { files: found } = await files.list()
    expect(found.map(({ name }) => name)).toEqual(['a.ts', 'b.mjs', 'linked.js'])
    expect(found[1]).toEqual({ path, name: 'b.mjs' })
    expect(path).toBe(join(files.folder, 'b.mjs'))
  })
})

describe('a new handler', () => {
  it.each(['new.js', 'new.mjs', 'new.ts'])('%s loads and does a job', async (name) => {
    const files = emptyFolder()
    const path = await files.create(name)
    expect(await files.check(path)).toEqual({ problem: null })

    const lines: string[] = []
    const progress: JobProgress[] = []
    const output = new OutputLog()
    const processes = createHandlerProcesses({
      fork: forkNodeProcess,
      runner,
      target: { kind: 'file', file: path },
      limits: { timeMs: 10_000, memoryMb: 256, jobsPerProcess: 1 },
      output,
    })
    const result = await processes.handler(
      { id: '7', type: 'mail', to: null, data: {}, body: '{}', attempts: 0, maxRetries: null, raw: '{}' },
      {
        signal: new AbortController().signal,
        attempt: 1,
        log: (line) => void lines.push(line),
        progress: (told) => void progress.push(told),
      },
    )
    expect(result).toBe('{"ok":true}')
    expect(lines).toEqual(['got mail 7'])
    expect(progress.at(-1)).toMatchObject({ percent: 100, done: 3, total: 3 })
    expect(output.last).toBe(0)
    await processes.close()
  })

  it('does not take the place of another', async () => {
    const files = emptyFolder()
    const path = await files.create('mine.js')
    writeFileSync(path, 'precious')
    await expect(files.create('mine.js')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(readFileSync(path, 'utf8')).toBe('precious')
  })

  it.each(['../out.js', 'a/b.js', 'a\\b.js', '.js', '.hidden.js', 'none', 'a.txt', 'a.js\n', ''])(
    'is not written as %j',
    async (name) => {
      const files = emptyFolder()
      await expect(files.create(name)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      expect(readdirSync(join(files.folder, '..'))).toEqual([])
    },
  )

  it('says when it cannot be written', async () => {
    const files = emptyFolder()
    writeFileSync(files.folder, 'a file where the folder should be')
    await expect(files.create('a.js')).rejects.toMatchObject({ code: 'DISK_FAILED' })
  })
})

describe('a check', () => {
  it.each([
    ['a syntax error', 'const = 3', 'Line 1 of checked.mjs: Expected identifier but found "=".'],
    ['no handle', 'export default 3', 'checked.mjs exports no function named handle.'],
    ['an error while it loads', 'throw new Error("no key")', 'It failed while it loaded: no key'],
    ['an end while it loads', 'process.exit(4)', 'Its process ended with exit code 4.'],
  ])('tells of %s', async (_what, code, problem) => {
    const files = emptyFolder()
    const path = await files.create('checked.mjs')
    writeFileSync(path, code)
    expect(await files.check(path)).toEqual({ problem })
  })

  it('tells of a missing file, and of a folder', async () => {
    const files = emptyFolder()
    const missing = join(files.folder, 'none.js')
    expect(await files.check(missing)).toEqual({ problem: `There is no file ${missing}.` })
    await files.create('a.js')
    expect(await files.check(files.folder)).toEqual({ problem: `There is no file ${files.folder}.` })
  })
})
