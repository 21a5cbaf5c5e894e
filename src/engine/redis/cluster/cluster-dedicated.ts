import { SluiceError } from '../../../domain/errors.ts'
import type { Dedicated } from '../connection.ts'
import { asBlocking, blockProblem, sendBlocking } from '../dedicated.ts'
import { send, writeOver, writerBy } from '../handles.ts'
import { OnDemandLink } from '../on-demand-link.ts'
import type { ClusterNode } from './cluster-node.ts'
import type { ClusterNodes } from './cluster-nodes.ts'
import { redirectionOf } from './redirection.ts'
import { mostRedirections, sendBySlot, slotOfCommand } from './send-by-slot.ts'
import { slotOf } from './slot.ts'

/**
 * A connection of one owner to a cluster: a socket for each master that it works on, which for the keys of one queue is one.
 * That of `key`, or of the first master, is opened at once (throws what that met).
 */
export async function openClusterDedicated(
  nodes: ClusterNodes,
  purpose: string,
  demand: () => void,
  key?: string,
): Promise<Dedicated> {
  const links = new Map<string, OnDemandLink>()
  let closed = false
  let blocked = 0
  const home = () => (key === undefined ? nodes.first() : nodes.ownerOf(slotOf(key)))

  function linkTo(node: ClusterNode): OnDemandLink {
    if (closed) throw new SluiceError('NOT_OPEN')
    node.usedAt = performance.now()
    const known = links.get(node.name)
    if (known) return known
    const link = new OnDemandLink(async () => {
      demand()
      return node.open('dedicated', purpose)
    })
    links.set(node.name, link)
    return link
  }

  await linkTo(home()).get()
  return {
    ...writerBy(sendBySlot(nodes, (node) => writeOver(async () => linkTo(node).get(blocked > 0)), home)),
    async block(seconds, ...asked) {
      const command = asBlocking(seconds, asked)
      const slot = slotOfCommand(command)
      let node = slot === null ? home() : nodes.ownerOf(slot)
      let asking = false
      for (let tries = 0; ; tries++) {
        const link = await linkTo(node).get(blocked > 0)
        blocked++
        try {
          if (asking) void send(link, ['ASKING']).catch(() => {}) // what comes of it, the command itself will meet
          return await sendBlocking(link, seconds, command)
        } catch (thrown) {
          const redirection = redirectionOf(thrown, node.endpoint)
          const elsewhere = redirection?.kind === 'moved' || redirection?.kind === 'ask'
          if (!elsewhere || tries === mostRedirections) throw blockProblem(link, thrown)
          asking = redirection.kind === 'ask'
          node = asking ? nodes.at(redirection.to) : nodes.moved(redirection.slot, redirection.to)
        } finally {
          blocked--
        }
      }
    },
    close() {
      closed = true
      for (const link of links.values()) link.close()
    },
  }
}
