import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reader, Reply, Script, Writer } from '../handles.ts'
import type { StepOutcome, WorkerCommand, WorkerInfo } from '../system.ts'
import { keyOf, masterLives, supervisorLives } from './keys.ts'

/** Supervisors, and masters, of one installation that are looked at. */
const most = 200

const text = (reply: Reply | undefined) => (reply instanceof Buffer ? reply.toString('utf8') : '')
const texts = (reply: Reply | undefined) => (Array.isArray(reply) ? reply.map(text) : [])

interface Beating {
  readonly queue: QueueRef
  readonly kind: 'master' | 'supervisor'
  readonly name: string
}

/** 2 round trips: the names of those whose beat is fresh, and their hashes. `now` is Redis' own clock. */
export async function workersInKeys(reader: Reader, queues: readonly QueueRef[], now: number): Promise<WorkerInfo[]> {
  const since = (seconds: number) => `(${Math.floor(now / 1000) - seconds}`
  const names = await reader.pipeline(
    queues.flatMap((queue): Command[] => [
      ['ZRANGEBYSCORE', keyOf(queue, 'masters'), since(masterLives), '+inf', 'LIMIT', 0, most],
      ['ZRANGEBYSCORE', keyOf(queue, 'supervisors'), since(supervisorLives), '+inf', 'LIMIT', 0, most],
    ]),
  )
  const beating = queues.flatMap((queue, i): Beating[] => [
    ...texts(names[2 * i]).map((name) => ({ queue, kind: 'master' as const, name })),
    ...texts(names[2 * i + 1]).map((name) => ({ queue, kind: 'supervisor' as const, name })),
  ])
  if (beating.length === 0) return []
  const hashes = await reader.pipeline(
    beating.map(
      ({ queue, kind, name }): Command => [
        'HMGET',
        keyOf(queue, `${kind}:${name}`),
        'status',
        'pid',
        'processes',
        'options',
        'supervisors',
        'environment',
      ],
    ),
  )
  return beating.map((each, i) => workerOf(each, texts(hashes[i])))
}

function workerOf({ queue, kind, name }: Beating, values: readonly string[]): WorkerInfo {
  const [status = '', pid, processes, options, supervisors, environment] = values
  const shared = { queue, address: null, since: null, status: status === '' ? 'unknown' : status }
  const details =
    kind === 'master'
      ? ['master', `${listOf(supervisors).length} supervisors`, environment]
      : [processesText(processes), ...optionsOf(options)]
  const detail = [...details, pid && `pid ${pid}`].filter(Boolean).join(', ')
  if (kind === 'master') return { ...shared, id: `${name} (master)`, detail }
  return { ...shared, id: name, detail, commands: [status === 'paused' ? 'continue' : 'pause'] }
}

function parsed(json: string | undefined): unknown {
  try {
    return JSON.parse(json || 'null')
  } catch {
    return null // damaged
  }
}

const listOf = (json: string | undefined): unknown[] => {
  const value = parsed(json)
  return Array.isArray(value) ? value : []
}

const objectOf = (json: string | undefined): Record<string, unknown> => {
  const value = parsed(json)
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** "3 processes on redis:default": `processes` holds how many there are for each queue. */
function processesText(json: string | undefined): string {
  const entries = Object.entries(objectOf(json))
  const sum = entries.reduce((total, [, count]) => total + (Number(count) || 0), 0)
  const where = entries.map(([name]) => name).join(' and ')
  return `${sum} ${sum === 1 ? 'process' : 'processes'}${where === '' ? '' : ` on ${where}`}`
}

function optionsOf(json: string | undefined): string[] {
  const { balance, memory, maxProcesses } = objectOf(json)
  return [
    ...(balance === undefined ? [] : [`balance ${balance === false ? 'off' : String(balance)}`]),
    ...(typeof maxProcesses === 'number' ? [`at most ${maxProcesses}`] : []),
    ...(typeof memory === 'number' ? [`memory ${memory} MB`] : []),
  ]
}

/** The classes that Horizon makes of a command. */
const classes: Readonly<Record<WorkerCommand, string>> = {
  pause: 'Laravel\\Horizon\\SupervisorCommands\\Pause',
  continue: 'Laravel\\Horizon\\SupervisorCommands\\ContinueWorking',
}

const tellScript: Script = { name: 'horizon.tell', lua: `return redis.call('RPUSH', KEYS[1], ARGV[1])` }

/**
 * 2 reads and 1 script: leaves the command for the supervisor, which takes it within about a second. Its beat is looked at
 * first and apart, for in a cluster it lies in another slot; a command for a supervisor that dies meanwhile is
 * dropped when one of that name starts. Throws NOT_FOUND.
 */
export async function tellWorker(
  writer: Writer,
  queue: QueueRef,
  worker: string,
  command: WorkerCommand,
): Promise<StepOutcome> {
  const [time, beat] = await writer.pipeline([['TIME'], ['ZSCORE', keyOf(queue, 'supervisors'), worker]])
  const alive = Number(text(beat) || Number.NaN) > Number(texts(time)[0]) - supervisorLives
  if (!alive) throw new SluiceError('NOT_FOUND', 'That supervisor does not run any more.')
  const json = JSON.stringify({ command: classes[command], options: [] })
  await writer.run(tellScript, [keyOf(queue, `commands:${worker}`)], [json])
  return { done: 1, missing: 0, refused: [] }
}
