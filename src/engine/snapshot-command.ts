import { parseRedisUrl } from '../domain/redis-url.ts'
import { systems } from '../systems/registry.ts'
import { createReader } from './redis/handles.ts'
import { openLink } from './redis/link.ts'
import { type SnapshotDocument, takeSnapshot } from './snapshot/snapshot.ts'

/** Everything found in the Redis of a URL, for scripts and monitors. Writes nothing; throws a SluiceError with a sentence. */
export async function snapshot(url: string): Promise<SnapshotDocument> {
  const { address, password } = parseRedisUrl(url)
  const link = await openLink({ address, password }, 'read', 'snapshot')
  try {
    return await takeSnapshot(
      createReader(() => link),
      systems,
      { queues: [], trackedPrefix: '' },
    )
  } finally {
    link.drop()
  }
}
