import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { WorkerCommand } from '../../domain/worker-command.ts'

/** What is started, as the system takes it. */
export interface Invocation {
  /** By its whole path. */
  readonly program: string
  readonly args: readonly string[]
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

const queuePlace = '{queue}'
const urlPlace = '{redisUrl}'

/**
 * What a process of a worker command is started as, for the queues that it serves. Throws INVALID_INPUT with a sentence
 * when it cannot be started as it is set up: no such folder, no such program, no queue where one is asked for.
 */
export function expandCommand(
  config: WorkerCommand,
  queues: readonly QueueRef[],
  redisUrl: string | null,
  ownEnv: NodeJS.ProcessEnv = process.env,
): Invocation {
  const names = queues.map(({ name }) => name).join(',')
  if (names === '' && config.args.some((arg) => arg.includes(queuePlace))) {
    throw invalid(`Its arguments ask for ${queuePlace}, and no queue is chosen.`)
  }
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(ownEnv)) if (value !== undefined) env[name] = value
  if (redisUrl !== null) env.REDIS_URL = redisUrl
  for (const [name, value] of Object.entries(config.env)) env[name] = withUrl(value, redisUrl) // what was typed wins
  return {
    program: findProgram(config.program, config.folder, env.PATH ?? env.Path ?? ''),
    // Split and join, since a replacement text gives $ a meaning and a queue's name may have one.
    args: config.args.map((arg) => arg.split(queuePlace).join(names)),
    folder: existingFolder(config.folder),
    env,
  }
}

/** Only the environment may hold the URL: every user of a computer can read the arguments of all processes. */
function withUrl(value: string, redisUrl: string | null): string {
  if (!value.includes(urlPlace)) return value
  if (redisUrl === null) throw invalid(`Its environment asks for ${urlPlace}, and it is not to get where Redis is.`)
  return value.split(urlPlace).join(redisUrl)
}

function invalid(sentence: string): SluiceError {
  return new SluiceError('INVALID_INPUT', sentence)
}

function existingFolder(folder: string): string {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw invalid(`There is no folder ${folder}.`)
  return folder
}

/** A program by its path, seen from the folder, or by its name in the folders of PATH, as a shell finds it. */
function findProgram(program: string, folder: string, path: string): string {
  existingFolder(folder)
  if (/[/\\]/.test(program)) {
    const whole = resolve(folder, program)
    const found = endings.map((ending) => whole + ending).find(isProgram)
    if (found === undefined) throw invalid(`${whole} is not there, or is no program.`)
    return found
  }
  for (const place of path.split(delimiter).filter(Boolean)) {
    const found = endings.map((ending) => join(resolve(folder, place), program + ending)).find(isProgram)
    if (found !== undefined) return found
  }
  throw invalid(`There is no program ${program} in the folders of PATH (${path}): give its whole path.`)
}

const endings = process.platform === 'win32' ? ['.exe', '.com', ''] : ['']

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
