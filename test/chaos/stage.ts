import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ListSystem, PoolAudit } from '../../src/domain/pool.ts'
import { type Layout, layoutOf } from '../../src/engine/pool/lists/layout.ts'
import { createProducer, type Producer } from '../../src/engine/pool/lists/producer.ts'
import { auditQueue } from '../../src/engine/pool/lists/queue-control.ts'
import { openTestConnection } from '../pool.ts'
import { startProxy, type TestProxy } from '../proxy.ts'
import { startRedis, type TestRedis } from '../redis.ts'
import { notesKey } from './notes.ts'

/** All that a soak needs besides its workers: a Redis that can be killed, one that is not, a proxy, and who pushes. */
export interface Stage {
  readonly system: ListSystem
  readonly prefix: string
  readonly name: string
  readonly layout: Layout
  /** Where the queue is; its files outlive it. */
  readonly server: TestRedis
  /** Where handlers note what they did. */
  readonly notes: TestRedis
  readonly notesKey: string
  readonly proxy: TestProxy
  /** Of the proxy. */
  readonly url: string
  readonly producer: Producer
  /** Null while Redis is away. */
  audit(): Promise<PoolAudit | null>
  close(): Promise<void>
}

export async function openStage(system: ListSystem, fsync: 'everysec' | 'always'): Promise<Stage> {
  const folder = mkdtempSync(join(diskInMemory(), 'sluice-soak-'))
  const server = await startRedis(
    ...['--appendonly', 'yes', '--appendfsync', fsync, '--auto-aof-rewrite-min-size', '8mb', '--dir', folder],
  )
  const notes = await startRedis()
  const proxy = await startProxy(server.port)
  const url = `redis://127.0.0.1:${proxy.port}`
  const [prefix, name] = system === 'http-jobs' ? ['', 'job_queue'] : ['queue:', 'soak']
  const layout = layoutOf(system, prefix, name)
  const auditor = await openTestConnection(server.url)
  const pusher = await openTestConnection(url)
  const producer = await createProducer(pusher, layout)
  return {
    ...{ system, prefix, name, layout, server, notes, notesKey: notesKey(layout.base), proxy, url, producer },
    audit: () => auditQueue(auditor.reader, layout).catch(() => null),
    async close() {
      producer.close()
      auditor.close()
      pusher.close()
      await proxy.close()
      await Promise.all([server.stop(), notes.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * A folder whose fsync does not wait, where there is one. With everysec Redis puts off writing while an fsync takes
 * long, and what it confirmed meanwhile dies with it: true, but not what is tested here.
 */
function diskInMemory(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
}
