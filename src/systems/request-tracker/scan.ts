import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reader, Reply } from '../handles.ts'
import { digestOf } from '../shared/elements/digest.ts'
import { wrongType } from '../shared/elements/elements.ts'
import { scanList } from '../shared/elements/scan-list.ts'
import { ToldDigests } from '../shared/elements/scan-set.ts'
import type { ScannedJob, ScanRequest, ScanStep } from '../system.ts'
import { errorOf, refOf, type Stored, stateOfStored, summaryOf, timeOfStored } from './decode.ts'
import { listKey, requestKey } from './keys.ts'
import { rowBytes } from './lua.ts'
import { isState } from './page.ts'
import type { StateId } from './status.ts'

/** Of a request that is larger the rest is read by itself, so that a reply of many stays small. */
const firstBytes = 65_536
/** Requests in one reply. */
const mostRead = 100

/**
 * 2 round trips for each 100 hashes of the list, oldest first: 4 commands a request. `total` counts the hashes of all
 * states, since only reading a request tells its state; those that the page leaves out, behind the newest 500, are among
 * them. A request that is listed twice is told once.
 */
export async function* scan(
  reader: Reader,
  queue: QueueRef,
  state: string,
  request: ScanRequest,
): AsyncGenerator<ScanStep, void, void> {
  if (!isState(state)) return
  const list = listKey(queue)
  const wrong = wrongType(list, String(await reader.call('TYPE', list)), ['list'])
  if (wrong !== null) throw new SluiceError('WRONG_TYPE', wrong)
  const told = new ToldDigests()
  const chunk = Math.min(request.chunk, mostRead)
  // From the tail: new requests are put at the head, so no place moves.
  for await (const { elements, behind, total } of scanList(reader, list, chunk, 'tail')) {
    const hashes = elements.filter((hash) => told.add(digestOf(hash)))
    const stored = await readRequests(reader, queue, hashes, request.payloads)
    const jobs = stored.filter((one) => stateOfStored(one) === state).map((one) => jobOf(one, state))
    yield { jobs, behind, total }
  }
}

async function readRequests(
  reader: Reader,
  queue: QueueRef,
  hashes: readonly Buffer[],
  payloads: boolean,
): Promise<Stored[]> {
  if (hashes.length === 0) return []
  const prefix = Buffer.from(requestKey(queue, ''))
  const keys = hashes.map((hash) => Buffer.concat([prefix, hash]))
  const most = payloads ? firstBytes : rowBytes
  const replies = await reader.pipeline(
    keys.flatMap((key): Command[] => [
      ['TYPE', key],
      ['STRLEN', key],
      ['PTTL', key],
      ['GETRANGE', key, 0, most - 1],
    ]),
  )
  const stored: Stored[] = []
  for (const [i, hash] of hashes.entries()) {
    const [type, size, ttlMs, bytes] = replies.slice(i * 4, i * 4 + 4)
    const one = { hash, type: textOf(type), size: numberOf(size), ttlMs: numberOf(ttlMs), bytes: bytesOf(bytes) }
    const rest = payloads && one.size > one.bytes.length && one.type === 'string'
    // What is updated in between is read as it is then.
    stored.push(rest ? { ...one, bytes: bytesOf(await reader.call('GET', keys[i] as Buffer)) } : one)
  }
  return stored
}

const textOf = (reply: Reply | undefined) => (reply instanceof Buffer ? reply.toString('latin1') : 'none')
const numberOf = (reply: Reply | undefined) => (typeof reply === 'number' ? reply : 0)
const bytesOf = (reply: Reply | undefined) => (reply instanceof Buffer ? reply : Buffer.alloc(0))

function jobOf(stored: Stored, state: StateId): ScannedJob {
  return {
    ref: refOf(stored.hash),
    bytes: stored.size,
    payload: () => stored.bytes,
    error: () => errorOf(stored),
    at: () => timeOfStored(stored, state),
    summary: () => summaryOf({ ...stored, bytes: stored.bytes.subarray(0, rowBytes) }, state, Date.now()),
  }
}
