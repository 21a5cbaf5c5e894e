import { asSluiceError, isRefused, SluiceError } from '../../domain/errors.ts'
import { type QueueRef, queueKey } from '../../domain/queue.ts'
import type { Command, Reader, Reply } from '../../systems/handles.ts'
import type { QueueSystem, Reading, SamplePlan } from '../../systems/system.ts'
import type { Master } from '../redis/connection.ts'
import { parseClientList } from '../workers/client-list.ts'
import type { ClientsOf } from '../workers/workers-among.ts'
import { parseInfo, type ServerInfo } from './info.ts'
import { plansInCluster, plansOf, readingInCluster } from './plans-of.ts'
import { unreadable } from './rates.ts'
import { sumInfo } from './sum-info.ts'

/** What one round trip told. */
export interface Tick {
  /** Epoch ms of this computer when the replies arrived. */
  readonly at: number
  readonly tickMs: number
  readonly readings: Reading[]
  /** Of a cluster, the sum of its masters. */
  readonly info: ServerInfo | null
  readonly infoProblem: string | null
  /** The clients of each server; null when CLIENT LIST was not asked for, or refused. */
  readonly clients: readonly ClientsOf[] | null
  readonly clientsProblem: string | null
  /** Size of the CLIENT LIST replies: it grows with the number of clients, unlike all else in a tick. */
  readonly clientsBytes: number
}

/** What to read besides the queues. */
export interface TickExtras {
  readonly info?: boolean
  readonly clients?: boolean
  /** Of a cluster: each is asked for INFO and CLIENT LIST, and no script reads queues of several slots. */
  readonly masters?: readonly Master[]
}

/**
 * One round trip, whatever the number of queues: the commands of all systems in one pipeline, then INFO and CLIENT LIST
 * where asked for; one more for a system whose scripts the user may not run. In a cluster all masters are asked at a time,
 * and the queues of one that is away have a problem. Rejects as the reader does; a refused INFO or CLIENT LIST becomes a
 * sentence.
 */
export async function readTick(
  reader: Reader,
  systems: readonly QueueSystem[],
  queues: readonly QueueRef[],
  extras: TickExtras = {},
): Promise<Tick> {
  const { masters } = extras
  const plans = masters === undefined ? plansOf(systems, queues) : plansInCluster(systems, queues)
  const commands: Command[] = []
  for (const { plan } of plans) for (const command of plan.commands) commands.push(command)
  const queueCommands = commands.length
  const asked: Command[] = [...(extras.info ? [['INFO'] as const] : []), ...(extras.clients ? [clientList] : [])]
  const began = performance.now()
  const [replies, ofServers] = await Promise.all([
    ask(reader, masters === undefined ? [...commands, ...asked] : commands),
    Promise.all((masters ?? []).map((master) => askMaster(master, asked))),
  ])
  const tickMs = performance.now() - began
  const at = Date.now()
  const ofQueues = replies.slice(0, queueCommands)
  // While Redis loads its data, or is busy with a script, every count is an error: better no tick than one of holes.
  const holes = replies.filter((reply) => reply instanceof SluiceError && reply.retryable)
  if (holes[0] instanceof Error && (masters === undefined || holes.length === replies.length)) throw holes[0]

  const readings: Reading[] = []
  let from = 0
  for (const { system, queues: own, plan } of plans) {
    const to = from + plan.commands.length
    const plain = isRefused(ofQueues[from]) ? plan.plain?.() : undefined
    if (plain !== undefined) {
      readings.push(...readPlan(system, own, plain, await reader.pipeline(plain.commands), at))
    } else {
      readings.push(...readPlan(system, own, plan, ofQueues.slice(from, to), at))
    }
    from = to
  }
  const servers = masters === undefined ? [{ has: () => true, replies: replies.slice(queueCommands) }] : ofServers
  return {
    ...{ at, tickMs },
    readings: masters === undefined ? readings : inOrder(queues, readings).map(readingInCluster),
    ...infoIn(extras.info ? servers.map((server) => server.replies[0] ?? null) : []),
    ...clientsIn(extras.clients ? servers.map(({ has, replies: own }) => ({ has, reply: own.at(-1) ?? null })) : []),
  }
}

/** The readings of a cluster come slot by slot: here in the order of the queues again. */
function inOrder(queues: readonly QueueRef[], readings: readonly Reading[]): Reading[] {
  const byQueue = new Map(readings.map((reading) => [queueKey(reading.queue), reading]))
  return queues.flatMap((queue) => byQueue.get(queueKey(queue)) ?? [])
}

const clientList: Command = ['CLIENT', 'LIST']

async function ask(reader: Reader, commands: readonly Command[]): Promise<Reply[]> {
  return commands.length === 0 ? [] : reader.pipeline(commands)
}

/** What one master of a cluster says; errors for replies where it is away. */
async function askMaster({ reader, has }: Master, commands: readonly Command[]) {
  const replies = await ask(reader, commands).catch((error: unknown): Reply[] =>
    commands.map(() => asSluiceError(error)),
  )
  return { has, replies }
}

function infoIn(replies: readonly Reply[]): Pick<Tick, 'info' | 'infoProblem'> {
  const infos = replies.flatMap((reply) => (Buffer.isBuffer(reply) ? [parseInfo(reply.toString())] : []))
  const refused = replies.find((reply) => reply instanceof Error)
  // What the living masters of a cluster tell is shown; the status names the others.
  const problem = infos.length === 0 && refused instanceof Error ? refused : null
  return {
    info: sumInfo(infos),
    infoProblem: problem && problemOf(problem, 'INFO', 'memory and clients are not known'),
  }
}

function clientsIn(
  servers: readonly { readonly reply: Reply; has(key: string): boolean }[],
): Pick<Tick, 'clients' | 'clientsProblem' | 'clientsBytes'> {
  const told = servers.flatMap(({ reply, has }) =>
    Buffer.isBuffer(reply) ? [{ clients: parseClientList(reply.toString()), has, bytes: reply.length }] : [],
  )
  const refused = servers.find(({ reply }) => reply instanceof Error)?.reply
  const problem = told.length === 0 && refused instanceof Error ? refused : null
  return {
    clients: told.length === 0 ? null : told,
    clientsProblem: problem && problemOf(problem, 'CLIENT LIST', 'other programs’ workers are not known'),
    clientsBytes: told.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

function readPlan(
  system: QueueSystem,
  queues: readonly QueueRef[],
  plan: SamplePlan,
  replies: readonly Reply[],
  at: number,
): Reading[] {
  try {
    return plan.read(replies, at)
  } catch (error) {
    // A reply that a system did not expect must not blind the tick to the other systems.
    const problem = `The counts of this ${system.label} queue could not be read: ${asSluiceError(error).message}`
    return queues.map((queue) => unreadable(queue, problem))
  }
}

function problemOf(error: Error, command: string, consequence: string): string {
  return isRefused(error)
    ? `This Redis user may not run ${command}: ${consequence}.`
    : `${command} failed, so ${consequence}: ${error.message}`
}
