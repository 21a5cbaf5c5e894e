import { SluiceError } from '../../domain/errors.ts'
import { addressText } from '../../domain/redis-url.ts'
import type { Purpose } from './client-options.ts'
import { openDedicated } from './dedicated.ts'
import { createReader, createWriter } from './handles.ts'
import { keepOpen } from './keep-open.ts'
import type { Link } from './link.ts'
import { OnDemandLink } from './on-demand-link.ts'
import type { Servers, ServersOptions } from './servers.ts'

/** One Redis: a standalone one, or whichever the Sentinels name at the moment. Cost: the log-in, then the heartbeat. */
export function openServer({ reach, heartbeat, open, onState }: ServersOptions): Servers {
  let name = ''
  let problem: SluiceError | null = null
  let stopped = false

  const openFor = async (purpose: Purpose, called?: string) => open(await reach.target(), purpose, called)
  const writing = new OnDemandLink(() => openFor('write'))
  const reading = keepOpen({
    async open() {
      const target = await reach.target()
      name = addressText(target.address)
      return open(target, 'read')
    },
    heartbeat,
    onOpen() {
      problem = null
      onState({ status: 'ready', problem, servers: [name] })
    },
    onLost(lost) {
      problem = lost
      writing.drop()
      onState({ status: lost.retryable ? 'reconnecting' : 'failed', problem, servers: [] })
    },
  })

  function readingLink(): Link {
    if (stopped) throw new SluiceError('NOT_OPEN')
    if (reading.link) return reading.link
    throw new SluiceError('CONNECTION_LOST', problem?.message)
  }
  const reader = createReader(readingLink)

  return {
    reader,
    masters: () => [{ name, reader, has: () => true }],
    writer: (demand) =>
      createWriter(async () => {
        demand() // again at each call: the handle may outlive the permission
        readingLink() // while Redis is away a write fails at once, and does not wait for it to come back
        return writing.get()
      }),
    dropWriters: () => writing.drop(),
    dedicated: (purpose, demand) =>
      openDedicated(async () => {
        demand()
        return openFor('dedicated', purpose)
      }),
    openEvents: () => openFor('events'),
    check: () => reading.check(),
    stop() {
      stopped = true
      reading.stop()
      writing.close()
    },
  }
}
