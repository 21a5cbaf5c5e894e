import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSearches } from '../../../src/engine/search/searches.ts'
import type { Reader, Reply } from '../../../src/systems/handles.ts'
import { plainList } from '../../../src/systems/plain-list/index.ts'
import type { Found } from '../../pool/measurement.ts'
import { firstUser, measured } from '../seed.ts'
import { cpuSince } from './cpu.ts'
import { MemoryWatch } from './memory.ts'
import { open } from './open.ts'

/** How long it takes to look through all of them for one, and how soon after it was read it is shown. */
export async function measureSearch(port: number, user: number, warm: () => Promise<void>): Promise<Found> {
  const connection = await open(port)
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-search-'))
  let readAt = Number.NaN
  const has = (reply: Reply): boolean =>
    Array.isArray(reply) ? reply.some(has) : Buffer.isBuffer(reply) && reply.includes(`"id":${user}}`)
  /** Looks only into what comes when the walk is nearly there, so that looking costs little. */
  let behind = 0
  const watched: Reader = {
    call: (...command) => connection.reader.call(...command),
    async pipeline(commands) {
      const replies = await connection.reader.pipeline(commands)
      const arrived = performance.now()
      for (const reply of replies) if (Array.isArray(reply)) behind += reply.length
      if (behind >= user - firstUser && Number.isNaN(readAt) && replies.some(has)) readAt = arrived
      return replies
    },
  }
  const searches = createSearches({
    folder,
    connection: () => ({ ...connection, reader: watched }),
    queues: () => [measured],
    systems: [plainList],
  })
  await warm()
  const memory = new MemoryWatch()
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  const filter = `data.user.id = ${user}`
  const question = { connectionId: 'bench', queue: null, state: null, kinds: [], filter, budget: 100 }
  let [shownAt, jobs, matches] = [Number.NaN, 0, 0]
  for await (const { progress, found } of searches.run(question)) {
    if (found.length > 0) shownAt = performance.now()
    jobs = progress.scanned
    matches = progress.matches
  }
  const [ms, cpuMs] = [performance.now() - start, cpuSince(cpu)]
  if (!(shownAt >= readAt)) throw new Error('The job was not seen where it was read.')
  await searches.close()
  rmSync(folder, { recursive: true, force: true })
  return { ms, cpuMs, jobs, matches, shownMs: shownAt - readAt, memory: memory.stop() }
}
