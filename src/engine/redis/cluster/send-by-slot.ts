import { SluiceError } from '../../../domain/errors.ts'
import type { Command, Reply } from '../../../systems/handles.ts'
import type { Send } from '../handles.ts'
import type { Phase } from '../redis-error.ts'
import type { ClusterNode } from './cluster-node.ts'
import type { ClusterNodes } from './cluster-nodes.ts'
import { isAtomic, keysOfCommand } from './keys-of-command.ts'
import { redirectionOf } from './redirection.ts'
import { slotOf } from './slot.ts'

/** How often a command is sent on to another place before that is said: a cluster in order needs one or two. */
export const mostRedirections = 5
/** While keys are between two nodes, a command that needs several of them is asked for again after this, then twice it. */
const againMs = 50

/** One command on its way. */
interface Errand {
  readonly command: Command
  /** Null for a command without keys. */
  readonly slot: number | null
  node: ClusterNode
  /** The node holds the slot only in part, and has to be told that it was asked on purpose. */
  asking: boolean
}

/**
 * Sends the commands of a pipeline each to the master that has its key, to all masters at a time, and gives the replies in
 * the order of the commands. One without a key goes where the first key of the pipeline goes, else to `home`. MOVED, ASK and
 * TRYAGAIN are followed: such a command did not run, so sending it once more is no second time. What lies in several slots
 * is refused with CROSS_SLOT, before anything is sent for it.
 *
 * Where some nodes are away, their commands have errors for replies; when all are, it throws. It throws too, as ever, when
 * it is not known what became of a write. Commands between MULTI and EXEC need one slot, and are not sent on.
 * @param sendTo how to send to one node
 */
export function sendBySlot(
  nodes: ClusterNodes,
  sendTo: (node: ClusterNode) => Send,
  home: () => ClusterNode = () => nodes.first(),
): Send {
  return async (commands, phase) => {
    const replies = new Array<Reply>(commands.length).fill(null)
    const errands = errandsOf(nodes, commands, replies, home)
    if (errands.size === 0 && commands.length > 0 && replies.every((reply) => reply instanceof Error)) throw replies[0]
    const atomic = isAtomic(commands)
    if (atomic) demandOneNode(errands)
    let left = errands
    for (let tries = 0; left.size > 0; tries++) {
      await sendRound(left, replies, sendTo, phase)
      const next = new Map<number, Errand>()
      let pauseMs = 0
      for (const [i, errand] of left) {
        const redirection = errand.slot === null || atomic ? null : redirectionOf(replies[i], errand.node.endpoint)
        if (redirection === null) continue
        if (redirection.kind === 'down') {
          nodes.hurry()
          continue
        }
        if (tries === mostRedirections) {
          if (redirection.kind !== 'again') replies[i] = new SluiceError('REDIS_UNAVAILABLE', disagreed)
          continue
        }
        if (redirection.kind === 'again') pauseMs = againMs * 2 ** tries
        else if (redirection.kind === 'ask') {
          errand.node = nodes.at(redirection.to)
          errand.asking = true
        } else {
          errand.node = nodes.moved(redirection.slot, redirection.to)
          errand.asking = false
        }
        next.set(i, errand)
      }
      left = next
      await Promise.all([
        pauseMs > 0 ? new Promise((resolve) => setTimeout(resolve, pauseMs)) : null,
        ...Array.from(left.values(), ({ node }) => node.tried), // a node that was not known until now
      ])
    }
    return replies
  }
}

const severalSlots =
  'The keys of this queue lie in several slots of the cluster, so nothing was done: its name, or the prefix of its library, needs a hash tag, as in {email} or {bull}.'
const disagreed = 'The nodes of the cluster do not agree who has that key: nothing was done.'

/** The commands with their first destinations, by index; those that cannot be sent get their error into `replies`. */
function errandsOf(
  nodes: ClusterNodes,
  commands: readonly Command[],
  replies: Reply[],
  home: () => ClusterNode,
): Map<number, Errand> {
  const places = commands.map((command, i) => {
    try {
      const slot = slotOfCommand(command)
      return { slot, node: slot === null ? null : nodes.ownerOf(slot) }
    } catch (error) {
      replies[i] = error as SluiceError
      return null
    }
  })
  const errands = new Map<number, Errand>()
  let base = places.find((place) => place?.node)?.node ?? null
  for (const [i, place] of places.entries()) {
    if (place === null) continue
    base ??= home()
    const node = place.node ?? base
    errands.set(i, { command: commands[i] as Command, slot: place.slot, node, asking: false })
  }
  return errands
}

/** The slot of a command; null where it has no key. Throws CROSS_SLOT where its keys have several. */
export function slotOfCommand(command: Command): number | null {
  const [first, ...rest] = keysOfCommand(command)
  if (first === undefined) return null
  const slot = slotOfArg(first)
  if (rest.some((key) => slotOfArg(key) !== slot)) throw new SluiceError('CROSS_SLOT', severalSlots)
  return slot
}

const slotOfArg = (key: string | number | Buffer) => slotOf(typeof key === 'number' ? String(key) : key)

function demandOneNode(errands: ReadonlyMap<number, Errand>): void {
  const slots = new Set(Array.from(errands.values(), ({ slot }) => slot).filter((slot) => slot !== null))
  if (slots.size > 1) throw new SluiceError('CROSS_SLOT', severalSlots)
}

/** Sends each errand once, all nodes at a time. */
async function sendRound(
  errands: ReadonlyMap<number, Errand>,
  replies: Reply[],
  sendTo: (node: ClusterNode) => Send,
  phase: Phase,
): Promise<void> {
  const byNode = new Map<ClusterNode, number[]>()
  for (const [i, { node }] of errands) {
    const own = byNode.get(node)
    if (own) own.push(i)
    else byNode.set(node, [i])
  }
  const failed: SluiceError[] = []
  await Promise.all(
    Array.from(byNode, async ([node, own]) => {
      const sent = own.flatMap((i): Command[] => {
        const { command, asking } = errands.get(i) as Errand
        return asking ? [['ASKING'], command] : [command]
      })
      try {
        const answers = await sendTo(node)(sent, phase)
        let at = 0
        for (const i of own) {
          if (errands.get(i)?.asking) at++
          replies[i] = answers[at++] ?? null
        }
      } catch (error) {
        failed.push(error as SluiceError)
        for (const i of own) replies[i] = error as SluiceError
      }
    }),
  )
  // Of a write, only what surely was not sent can be told command by command.
  const unknown = failed.find(({ code }) => code !== 'CONNECTION_LOST')
  if (phase === 'write' && unknown) throw unknown
  if (failed.length === byNode.size && replies.every((reply) => reply instanceof Error)) throw failed[0]
}
