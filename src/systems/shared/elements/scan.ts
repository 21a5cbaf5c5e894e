import { SluiceError } from '../../../domain/errors.ts'
import type { JobSummary } from '../../../domain/job.ts'
import type { Reader } from '../../handles.ts'
import type { ScannedJob, ScanRequest, ScanStep } from '../../system.ts'
import { wrongType } from './elements.ts'
import { scanList } from './scan-list.ts'
import { scanSet } from './scan-set.ts'
import { scanSortedSet } from './scan-sorted-set.ts'

/** An element that a walk came by: its place is the index in a list, the score in a sorted set, nothing in a set. */
export interface Walked {
  readonly type: 'list' | 'zset' | 'set'
  readonly place: string | number
  /** The score in a sorted set; null elsewhere. */
  readonly score: number | null
  readonly whole: Buffer
}

/** How a system reads an element. Asked only as far as somebody wants to know; error and at are to be cheap. */
export interface Reading {
  ref(walked: Walked): string
  error(walked: Walked): string | null
  at(walked: Walked): number | null
  summary(walked: Walked): JobSummary
}

class WalkedJob implements ScannedJob, Walked {
  constructor(
    private readonly reading: Reading,
    readonly type: Walked['type'],
    readonly place: string | number,
    readonly score: number | null,
    readonly whole: Buffer,
  ) {}

  get ref(): string {
    return this.reading.ref(this)
  }

  get bytes(): number {
    return this.whole.length
  }

  payload(): Buffer {
    return this.whole
  }

  error(): string | null {
    return this.reading.error(this)
  }

  at(): number | null {
    return this.reading.at(this)
  }

  summary(): JobSummary {
    return this.reading.summary(this)
  }
}

/**
 * Walks a key whose elements are jobs: 1 round trip for each MB, or each `chunk` of jobs; 2 more at the beginning. Lists
 * and sorted sets from their first element. Throws WRONG_TYPE where the key is none of the types that are wanted.
 */
export async function* scanElements(
  reader: Reader,
  key: string,
  wanted: readonly string[],
  { chunk }: ScanRequest,
  reading: Reading,
): AsyncGenerator<ScanStep, void, void> {
  const type = String(await reader.call('TYPE', key))
  const wrong = wrongType(key, type, wanted)
  if (wrong !== null) throw new SluiceError('WRONG_TYPE', wrong)
  if (type === 'list') {
    for await (const { elements, place, behind, total } of scanList(reader, key, chunk)) {
      const jobs = elements.map((bytes, i) => new WalkedJob(reading, type, place(i), null, bytes))
      yield { jobs, behind, total }
    }
  } else if (type === 'zset') {
    for await (const { members, behind, total } of scanSortedSet(reader, key, chunk)) {
      const jobs = members.map(({ text, score, bytes }) => new WalkedJob(reading, type, text, score, bytes))
      yield { jobs, behind, total }
    }
  } else if (type === 'set') {
    for await (const { members, behind, total } of scanSet(reader, key, chunk)) {
      yield { jobs: members.map((bytes) => new WalkedJob(reading, type, '', null, bytes)), behind, total }
    }
  }
}
