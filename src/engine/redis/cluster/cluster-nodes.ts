import { asSluiceError, SluiceError } from '../../../domain/errors.ts'
import type { Endpoint } from '../../../domain/profile.ts'
import { hostText } from '../../../domain/redis-url.ts'
import { Alarm } from '../../alarm.ts'
import { waitAfter } from '../back-off.ts'
import type { Target } from '../client-options.ts'
import { ClusterNode, type ClusterNodeOptions } from './cluster-node.ts'
import { slotCount, slotOf } from './slot.ts'
import { readSlotMap, type SlotMap } from './slot-map.ts'

/** How often the nodes are asked who serves what while all is well, and while something is amiss. */
const refreshMs = { well: 30_000, amiss: 1_000 }
/** Between two refreshes, however many MOVED come in. */
const leastMs = 100
/** How long the others may still answer after the first node did. */
const restMs = 1_000
/** A node that serves no slots is let go when nobody used it for so long. */
const unusedMs = 60_000

/**
 * The masters of a cluster and their slots, kept up to date. Cost: one link a master with its heartbeat, and each 30 s (each
 * second while something is amiss) CLUSTER SLOTS and CLUSTER INFO at each.
 */
export class ClusterNodes {
  /** Resolves when the first look has ended and every master was tried once. */
  readonly tried: Promise<void>
  /** Those that serve slots, in the order of these. */
  masters: readonly ClusterNode[] = []
  /** Why nobody told who the masters are; null once it is known. */
  problem: SluiceError | null = null
  /** How many slots nobody serves. */
  uncovered = 0
  readonly #owners: (ClusterNode | null)[] = new Array<ClusterNode | null>(slotCount).fill(null)
  readonly #nodes = new Map<string, ClusterNode>()
  #replicas: readonly Endpoint[] = []
  #epoch = 0
  #failures = 0
  #stopped = false
  #looking: Promise<void> | null = null
  readonly #alarm = new Alarm()

  constructor(
    private readonly options: Omit<ClusterNodeOptions, 'onChange'>,
    private readonly onChange: () => void,
  ) {
    let ended = () => {}
    this.tried = new Promise((resolve) => (ended = resolve))
    void this.#run(ended)
  }

  /** The master that serves a slot; throws REDIS_UNAVAILABLE when nobody does, or nobody knows. */
  ownerOf(slot: number): ClusterNode {
    const owner = this.#owners[slot]
    if (owner) return owner
    this.hurry()
    throw this.problem ?? new SluiceError('REDIS_UNAVAILABLE', 'No master of the cluster serves the slot of that key.')
  }

  owns(node: ClusterNode, key: string): boolean {
    return this.#owners[slotOf(key)] === node
  }

  /** The first master that answers; else the first, or a throw of why there is none. */
  first(): ClusterNode {
    const node = this.masters.find(({ isOpen }) => isOpen) ?? this.masters[0]
    if (node) return node
    throw new SluiceError('CONNECTION_LOST', this.problem?.message)
  }

  /** All nodes that links lead to. */
  all(): Iterable<ClusterNode> {
    return this.#nodes.values()
  }

  /** A node by its address, known or not. */
  at(endpoint: Endpoint): ClusterNode {
    const name = hostText(endpoint)
    const known = this.#nodes.get(name)
    if (known) return known
    const node = new ClusterNode(endpoint, {
      ...this.options,
      onChange: (changed) => {
        if (changed.problem !== null) this.hurry() // another may be the master by now
        this.onChange()
      },
    })
    this.#nodes.set(name, node)
    return node
  }

  /** A node said that another one serves this slot. */
  moved(slot: number, endpoint: Endpoint): ClusterNode {
    const node = this.at(endpoint)
    node.usedAt = performance.now()
    this.#owners[slot] = node
    this.hurry()
    return node
  }

  /** Asks soon who serves what. */
  hurry(): void {
    this.#alarm.ring()
  }

  /** Asks now who serves what, and every master whether it is there. */
  async check(): Promise<void> {
    await this.#look()
    await Promise.all(this.masters.map((node) => node.check()))
  }

  stop(): void {
    this.#stopped = true
    this.#alarm.ring()
    for (const node of this.#nodes.values()) node.stop()
  }

  async #run(ended: () => void): Promise<void> {
    while (!this.#stopped) {
      await this.#look()
      void Promise.all(this.masters.map(({ tried }) => tried)).then(ended)
      await new Promise((resolve) => setTimeout(resolve, leastMs))
      if (this.#stopped) break
      await this.#alarm.sleep(this.#restMs())
      this.#alarm.clear()
    }
    ended()
  }

  #restMs(): number | null {
    if (this.problem !== null) return waitAfter(this.problem, this.#failures)
    const isWell = this.uncovered === 0 && this.masters.every(({ problem }) => problem === null)
    return isWell ? refreshMs.well : refreshMs.amiss
  }

  /** One look, or the one under way. Never rejects. */
  #look(): Promise<void> {
    this.#looking ??= this.#ask()
      .then(
        (map) => {
          if (this.#stopped) return
          this.#failures = 0
          this.problem = null
          this.#take(map)
        },
        (error) => {
          this.#failures++
          // Who was known before is known still, and tells for itself whether it answers.
          this.problem = this.masters.length > 0 ? null : asSluiceError(error)
        },
      )
      .finally(() => {
        this.#looking = null
        if (!this.#stopped) this.onChange()
      })
    return this.#looking
  }

  /** The newest view of those that answer; where none does, that of the nodes of the profile, then of any known before. */
  async #ask(): Promise<SlotMap> {
    const asked = [...this.#nodes.values()].filter(({ isOpen }) => isOpen)
    const views: SlotMap[] = []
    const answers = asked.map(async (node) => {
      views.push(await readSlotMap(node.readingLink(), node.endpoint))
    })
    const first = Promise.any(answers).then(
      () => new Promise((resolve) => setTimeout(resolve, restMs)),
      () => {},
    )
    await Promise.race([Promise.allSettled(answers), first])
    const newest = views.toSorted((a, b) => b.epoch - a.epoch)[0]
    // An older view than the last comes from a node that was cut off; from all of them, the cluster was made anew.
    if (newest && (newest.epoch >= this.#epoch || views.length === asked.length)) return newest
    const { reach } = this.options
    try {
      return await this.#askAt(await reach.target())
    } catch (error) {
      const known = [...this.masters.map(({ endpoint }) => endpoint), ...this.#replicas]
      for (const endpoint of known) {
        const view = await reach
          .targetOf(endpoint)
          .then(
            (target) => this.#askAt(target),
            () => null,
          )
          .catch(() => null)
        if (view) return view
      }
      throw error
    }
  }

  async #askAt(target: Target): Promise<SlotMap> {
    const { address } = target
    if (address.transport === 'unix') {
      throw new SluiceError('BAD_URL', 'The nodes of a cluster are reached by host and port, not by a unix socket.')
    }
    const link = await this.options.open(target, 'read', 'slots')
    try {
      return await readSlotMap(link, { host: address.host, port: address.port })
    } finally {
      link.drop()
    }
  }

  #take({ epoch, masters }: SlotMap): void {
    this.#epoch = epoch
    this.#replicas = masters.flatMap(({ replicas }) => replicas)
    this.#owners.fill(null)
    this.masters = masters.map(({ endpoint, ranges }) => {
      const node = this.at(endpoint)
      for (const [first, last] of ranges) this.#owners.fill(node, first, last + 1)
      return node
    })
    this.uncovered = this.#owners.reduce((sum, owner) => sum + (owner === null ? 1 : 0), 0)
    if (masters.length === 0) {
      this.problem = new SluiceError('REDIS_UNAVAILABLE', 'No master of this cluster serves any slot.')
    }
    const now = performance.now()
    for (const [name, node] of this.#nodes) {
      if (this.masters.includes(node) || now - node.usedAt < unusedMs) continue
      this.#nodes.delete(name)
      node.stop()
    }
  }
}
