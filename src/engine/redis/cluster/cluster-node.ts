import { SluiceError } from '../../../domain/errors.ts'
import type { Endpoint } from '../../../domain/profile.ts'
import { hostText } from '../../../domain/redis-url.ts'
import type { Reader } from '../../../systems/handles.ts'
import type { Purpose } from '../client-options.ts'
import { createReader } from '../handles.ts'
import { type KeptOpen, keepOpen } from '../keep-open.ts'
import type { Link } from '../link.ts'
import { OnDemandLink } from '../on-demand-link.ts'
import type { ServersOptions } from '../servers.ts'

export interface ClusterNodeOptions extends Pick<ServersOptions, 'reach' | 'heartbeat' | 'open'> {
  /** Its reading link was opened or lost, or an attempt failed. */
  onChange(node: ClusterNode): void
}

/** One master of a cluster: a link for reading that is kept open, one for writing on demand. */
export class ClusterNode {
  readonly name: string
  /** Reads at this node alone, what needs no key. */
  readonly reader: Reader
  /** Resolves when the first attempt to reach it has succeeded or failed. */
  readonly tried: Promise<void>
  readonly writing: OnDemandLink
  /** Why it does not answer; null while it does, and before the first attempt ended. */
  problem: SluiceError | null = null
  usedAt = performance.now()
  readonly #reading: KeptOpen

  constructor(
    readonly endpoint: Endpoint,
    private readonly options: ClusterNodeOptions,
  ) {
    this.name = hostText(endpoint)
    this.writing = new OnDemandLink(() => this.open('write'))
    let ended = () => {}
    this.tried = new Promise((resolve) => (ended = resolve))
    this.#reading = keepOpen({
      open: () => this.open('read'),
      heartbeat: options.heartbeat,
      onOpen: () => {
        this.problem = null
        ended()
        options.onChange(this)
      },
      onLost: (problem) => {
        this.problem = problem
        this.writing.drop()
        ended()
        options.onChange(this)
      },
    })
    this.reader = createReader(() => this.readingLink())
  }

  get isOpen(): boolean {
    return this.#reading.link !== null
  }

  async open(purpose: Purpose, name?: string): Promise<Link> {
    return this.options.open(await this.options.reach.targetOf(this.endpoint), purpose, name)
  }

  /** Throws CONNECTION_LOST while the node is away. */
  readingLink(): Link {
    this.usedAt = performance.now()
    if (this.#reading.link) return this.#reading.link
    const why = this.problem?.message ?? 'It was not reached yet.'
    throw new SluiceError('CONNECTION_LOST', `The master ${this.name} does not answer. ${why}`)
  }

  check(): Promise<void> {
    return this.#reading.check()
  }

  stop(): void {
    this.#reading.stop()
    this.writing.close()
  }
}
