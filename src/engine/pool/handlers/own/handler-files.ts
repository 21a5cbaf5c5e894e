import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../../../../domain/errors.ts'
import { poolDefaults } from '../../../../domain/pool.ts'
import type { ForkProcess } from '../../../processes/fork-process.ts'
import { HandlerProcess } from '../../../processes/handler-process.ts'
import { OutputLog } from '../../../processes/output-log.ts'
import { handlerTemplate } from './handler-template.ts'

export interface HandlerFilesOptions {
  readonly folder: string
  readonly fork: ForkProcess
  /** The file of the program that handler processes run: handler-runner. */
  readonly runner: string
}

export interface HandlerFile {
  readonly path: string
  readonly name: string
}

/** A name without a folder in it, so that nothing is written elsewhere. */
const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.(js|mjs|ts)$/
const loadMs = 10_000

/** The operator's own handlers: the files of one folder, which need not be there before the first is made. */
export interface HandlerFiles {
  /** By name. */
  list(): Promise<{ folder: string; files: HandlerFile[] }>
  /**
   * Writes a new handler with the template in it, and resolves to its path. Throws INVALID_INPUT when the name is taken
   * or none, DISK_FAILED.
   */
  create(name: string): Promise<string>
  /** Loads a file in a process of its own; `problem` says in a sentence why it is no handler. Takes 10 s at most. */
  check(file: string): Promise<{ problem: string | null }>
}

export function handlerFiles({ folder, fork, runner }: HandlerFilesOptions): HandlerFiles {
  return {
    async list() {
      const found = await readdir(folder, { withFileTypes: true }).catch(() => [])
      const files = found
        .filter((entry) => !entry.isDirectory() && fileName.test(entry.name) && !entry.name.endsWith('.d.ts'))
        .map(({ name }) => ({ path: join(folder, name), name }))
        .sort((a, b) => a.name.localeCompare(b.name))
      return { folder, files }
    },

    async create(name) {
      if (!fileName.test(name)) {
        const sentence = 'Name it in letters, digits, dots and dashes, with .js, .mjs or .ts at its end.'
        throw new SluiceError('INVALID_INPUT', sentence)
      }
      const path = join(folder, name)
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
      } catch (error) {
        throw new SluiceError('DISK_FAILED', `The folder ${folder} could not be made: ${messageOf(error)}`)
      }
      try {
        await writeFile(path, handlerTemplate(name.endsWith('.ts') ? 'ts' : 'js'), { flag: 'wx' })
      } catch (error) {
        const isTaken = (error as NodeJS.ErrnoException).code === 'EEXIST'
        if (isTaken) throw new SluiceError('INVALID_INPUT', `There is a file ${name} already.`)
        throw new SluiceError('DISK_FAILED', `${path} could not be written: ${messageOf(error)}`)
      }
      return path
    },

    async check(file) {
      const process = new HandlerProcess({
        fork,
        runner,
        target: { kind: 'file', file },
        limits: poolDefaults.limits,
        output: new OutputLog(),
        timing: { loadMs, graceMs: 1000 },
        onJobEnd: () => {},
      })
      const problem = await process.loaded
      process.end()
      await process.ended
      return { problem }
    },
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
