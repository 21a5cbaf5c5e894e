import { asSluiceError, isRefused, SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reader, Reply } from '../../systems/handles.ts'
import type { ClientInfo, QueueSystem, Reading, SamplePlan } from '../../systems/system.ts'
import { parseClientList } from '../workers/client-list.ts'
import { parseInfo, type ServerInfo } from './info.ts'
import { unreadable } from './rates.ts'

/** What one round trip told. */
export interface Tick {
  /** Epoch ms of this computer when the replies arrived. */
  readonly at: number
  readonly tickMs: number
  readonly readings: Reading[]
  readonly info: ServerInfo | null
  readonly infoProblem: string | null
  /** Null when CLIENT LIST was not asked for, or refused. */
  readonly clients: readonly ClientInfo[] | null
  readonly clientsProblem: string | null
  /** Size of the CLIENT LIST reply: it grows with the number of clients, unlike all else in a tick. */
  readonly clientsBytes: number
}

/** What to read besides the queues. */
export interface TickExtras {
  readonly info?: boolean
  readonly clients?: boolean
}

/**
 * One round trip, whatever the number of queues: the commands of all systems in one pipeline, then INFO and CLIENT LIST
 * where asked for; one more for a system whose scripts the user may not run. Rejects as the reader does; a refused INFO or CLIENT LIST becomes a sentence.
 */
export async function readTick(
  reader: Reader,
  systems: readonly QueueSystem[],
  queues: readonly QueueRef[],
  extras: TickExtras = {},
): Promise<Tick> {
  const plans = systems.flatMap((system) => {
    const own = queues.filter((queue) => queue.system === system.id)
    return own.length === 0 ? [] : [{ system, own, plan: system.sample(own) }]
  })
  const commands: Command[] = []
  for (const { plan } of plans) for (const command of plan.commands) commands.push(command)
  const queueCommands = commands.length
  if (extras.info) commands.push(['INFO'])
  if (extras.clients) commands.push(['CLIENT', 'LIST'])
  const began = performance.now()
  const replies = commands.length === 0 ? [] : await reader.pipeline(commands)
  const tickMs = performance.now() - began
  const at = Date.now()
  // While Redis loads its data, or is busy with a script, every count is an error: better no tick than one of holes.
  for (const reply of replies) if (reply instanceof SluiceError && reply.retryable) throw reply

  const readings: Reading[] = []
  let from = 0
  for (const { system, own, plan } of plans) {
    const to = from + plan.commands.length
    const plain = isRefused(replies[from]) ? plan.plain?.() : undefined
    if (plain !== undefined) {
      readings.push(...readPlan(system, own, plain, await reader.pipeline(plain.commands), at))
    } else {
      readings.push(...readPlan(system, own, plan, replies.slice(from, to), at))
    }
    from = to
  }
  const info = extras.info ? replies[queueCommands] : null
  const clients = extras.clients ? replies[replies.length - 1] : null
  return {
    at,
    tickMs,
    readings,
    info: Buffer.isBuffer(info) ? parseInfo(info.toString()) : null,
    infoProblem: info instanceof Error ? problemOf(info, 'INFO', 'memory and clients are not known') : null,
    clients: Buffer.isBuffer(clients) ? parseClientList(clients.toString()) : null,
    clientsProblem:
      clients instanceof Error ? problemOf(clients, 'CLIENT LIST', 'other programs’ workers are not known') : null,
    clientsBytes: Buffer.isBuffer(clients) ? clients.length : 0,
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
