import { SluiceError } from '../../../domain/errors.ts'
import { readerBy, readOver, writeOver, writerBy } from '../handles.ts'
import type { Servers, ServersOptions, ServersState } from '../servers.ts'
import { openClusterDedicated } from './cluster-dedicated.ts'
import type { ClusterNode } from './cluster-node.ts'
import { ClusterNodes } from './cluster-nodes.ts'
import { sendBySlot } from './send-by-slot.ts'
import { slotCount } from './slot.ts'

/**
 * A cluster: its masters, each with sockets of its own. It is `ready` as long as one master answers; the others are named
 * in the problem, so that the queues of those that live stay in sight. Cost: see ClusterNodes.
 */
export function openCluster({ onState, ...options }: ServersOptions): Servers {
  let stopped = false
  let tried = false
  const tell = () => {
    if (tried && !stopped) onState(stateOf(nodes))
  }
  const nodes = new ClusterNodes(options, tell)
  void nodes.tried.then(() => {
    tried = true
    tell()
  })
  const demandOpen = () => {
    if (stopped) throw new SluiceError('NOT_OPEN')
  }
  const readAt = (node: ClusterNode) => readOver(() => node.readingLink())
  const routed = readerBy(sendBySlot(nodes, readAt))

  return {
    reader: {
      async pipeline(commands) {
        demandOpen()
        return routed.pipeline(commands)
      },
      async call(...command) {
        demandOpen()
        return routed.call(...command)
      },
    },
    masters: () =>
      nodes.masters.map((node) => ({ name: node.name, reader: node.reader, has: (key) => nodes.owns(node, key) })),
    writer: (demand) =>
      writerBy(
        sendBySlot(nodes, (node) =>
          writeOver(async () => {
            demandOpen()
            demand() // again at each call: the handle may outlive the permission
            node.readingLink() // while its master is away a write fails at once
            return node.writing.get()
          }),
        ),
      ),
    dropWriters() {
      for (const node of nodes.all()) node.writing.drop()
    },
    dedicated: (purpose, demand, key) => openClusterDedicated(nodes, purpose, demand, key),
    openEvents: () => nodes.first().open('events'),
    check: () => nodes.check(),
    stop() {
      stopped = true
      nodes.stop()
    },
  }
}

function stateOf({ masters, problem, uncovered }: ClusterNodes): ServersState {
  const open = masters.filter(({ isOpen }) => isOpen)
  const servers = open.map(({ name }) => name)
  const away = masters.filter((node) => node.problem !== null)
  if (open.length === 0) {
    const why = problem ?? away[0]?.problem ?? new SluiceError('CONNECTION_LOST')
    return { status: why.retryable ? 'reconnecting' : 'failed', problem: why, servers }
  }
  const parts: string[] = []
  if (away.length > 0) {
    const each = away.map(({ name, problem: why }) => `${name} (${why?.message.replace(/\.$/, '')})`)
    parts.push(`${masters.length - away.length} of ${masters.length} masters answer: missing are ${each.join(', ')}.`)
  }
  if (uncovered > 0) parts.push(`${uncovered} of ${slotCount} slots of the cluster are served by nobody.`)
  const caveat = parts.length === 0 ? null : new SluiceError('REDIS_UNAVAILABLE', parts.join(' '))
  return { status: 'ready', problem: caveat, servers }
}
