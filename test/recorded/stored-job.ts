import type { StoredJob } from '../../src/systems/shared/hashed-jobs/decode.ts'
import { markOf } from '../../src/systems/shared/hashed-jobs/refs.ts'

/** A hash as a page or a detail reads it. */
export function storedJob(hash: Readonly<Record<string, string>>, rest: Partial<StoredJob> = {}): StoredJob {
  const fields = new Map(Object.entries(hash).map(([name, value]) => [name, Buffer.from(value)]))
  const data = fields.get('data') ?? null
  return {
    id: Buffer.from('1'),
    data,
    mark: data ? markOf(data) : '',
    size: data?.length ?? 0,
    fields,
    score: null,
    locked: false,
    wrongType: false,
    ...rest,
  }
}
