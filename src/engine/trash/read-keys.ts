import { SluiceError } from '../../domain/errors.ts'
import type { Command, Reader, Reply } from '../../systems/handles.ts'
import type { Form, KeyPart } from './key-parts.ts'

/** Bytes of one reply, about: what is larger is read piece by piece. */
const replyBytes = 1_048_576
/** Elements of one piece at most, however small they are. */
const mostElements = 1000
/** Keys that are looked at in one round trip. */
const keysAtOnce = 100

interface Sized {
  readonly key: string
  readonly type: string
  readonly bytes: number
}

/**
 * The values of keys, piece by piece, in order; a key that is not there is left out. Redis cost: 1 round trip for 100
 * keys, and one for each MB or 1,000 elements; no reply is much above 1 MB, unless a single element is.
 */
export async function* readKeys(reader: Reader, keys: readonly string[]): AsyncGenerator<KeyPart, void, void> {
  for (let from = 0; from < keys.length; from += keysAtOnce) {
    let whole: Sized[] = []
    let bytes = 0
    for (const sized of await sizesOf(reader, keys.slice(from, from + keysAtOnce))) {
      const isWhole = !pieces.has(sized.type) || (sized.type !== 'list' && sized.bytes <= replyBytes)
      if (!isWhole || bytes + sized.bytes > replyBytes) {
        yield* dumped(reader, whole)
        whole = []
        bytes = 0
      }
      if (isWhole) {
        whole.push(sized)
        bytes += sized.bytes
      } else {
        yield* readInPieces(reader, sized)
      }
    }
    yield* dumped(reader, whole)
  }
}

/** Types that can be read piece by piece: the others are dumped, however large. */
const pieces: ReadonlySet<string> = new Set<Form>(['list', 'zset', 'hash', 'set'])

async function sizesOf(reader: Reader, keys: readonly string[]): Promise<Sized[]> {
  const replies = await reader.pipeline(
    keys.flatMap((key): Command[] => [
      ['TYPE', key],
      ['MEMORY', 'USAGE', key],
    ]),
  )
  return keys.flatMap((key, i) => {
    const type = String(whole(replies[2 * i]))
    if (type === 'none') return []
    const usage = replies[2 * i + 1]
    // A user who may not ask how large it is reads all that can be in pieces.
    return [{ key, type, bytes: typeof usage === 'number' ? usage : replyBytes + 1 }]
  })
}

async function* dumped(reader: Reader, keys: readonly Sized[]): AsyncGenerator<KeyPart, void, void> {
  if (keys.length === 0) return
  const replies = await reader.pipeline(keys.map(({ key }): Command => ['DUMP', key]))
  for (const [i, { key }] of keys.entries()) {
    const value = whole(replies[i])
    if (Buffer.isBuffer(value)) yield { key, form: 'dump', last: true, values: [value] }
  }
}

async function* readInPieces(reader: Reader, { key, type, bytes }: Sized): AsyncGenerator<KeyPart, void, void> {
  const form = type as 'list' | 'zset' | 'hash' | 'set'
  const count = Number(await reader.call(lengths[form], key))
  const size = Math.min(mostElements, Math.max(1, Math.floor(replyBytes / (bytes / Math.max(1, count)))))
  if (form === 'hash' || form === 'set') {
    const scan = form === 'hash' ? 'HSCAN' : 'SSCAN'
    let cursor = '0'
    do {
      const [next, values] = (await reader.call(scan, key, cursor, 'COUNT', size)) as [Buffer, Buffer[]]
      cursor = String(next)
      yield { key, form, last: cursor === '0', values }
    } while (cursor !== '0')
    return
  }
  for (let at = 0; at < count; at += size) {
    const last = at + size >= count
    const until = at + size - 1
    const values = (await (form === 'list'
      ? reader.call('LRANGE', key, at, until)
      : reader.call('ZRANGE', key, at, until, 'WITHSCORES'))) as Buffer[]
    yield { key, form, last, values: form === 'list' ? values : turned(values) }
  }
}

const lengths = { list: 'LLEN', zset: 'ZCARD', hash: 'HLEN', set: 'SCARD' } as const

/** Members and scores in turn as ZADD takes them: the score first. */
function turned(values: readonly Buffer[]): Buffer[] {
  const result: Buffer[] = []
  for (let i = 0; i + 1 < values.length; i += 2) result.push(values[i + 1] as Buffer, values[i] as Buffer)
  return result
}

function whole(reply: Reply | undefined): Reply {
  if (reply instanceof Error) throw reply
  if (reply === undefined) throw new SluiceError('INTERNAL')
  return reply
}
