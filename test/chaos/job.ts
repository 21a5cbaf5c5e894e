import type { ListSystem } from '../../src/domain/pool.ts'

/**
 * What a job of the chaos tests will meet: `plain` goes well, `flaky` fails on its first try, `doomed` on every one,
 * `hang` never ends in a process that was told to hang, and `broken` is no job at all.
 */
export const fates = ['plain', 'flaky', 'doomed', 'hang', 'broken'] as const
export type Fate = (typeof fates)[number]

export interface ChaosJob {
  /** By which it is known everywhere; of a broken one its bytes, as hexadecimal text. */
  readonly id: string
  readonly fate: Fate
  readonly payload: Buffer
}

/** A job whose payload is like those of the layout, and the same bytes each time for the same id. */
export function chaosJob(system: ListSystem, fate: Exclude<Fate, 'broken'>, id: string): ChaosJob {
  const body =
    system === 'http-jobs'
      ? { id, job_id: id, fate, api_url: 'http://127.0.0.1/', retry_count: 0, max_retry_count: 2, timeout: 30 }
      : { id, type: 'welcome', to: 'a@example.com', data: {}, fate, attempts: 0 }
  return { id, fate, payload: Buffer.from(JSON.stringify(body)) }
}

/** A payload that no worker can read: not text, not JSON, or JSON that is no object. */
export function brokenJob(count: number): ChaosJob {
  const kinds = [
    Buffer.concat([Buffer.from([0xff, 0x00, 0xc3, 0x28]), Buffer.from(String(count))]),
    Buffer.from(`{"id":"cut off ${count}`),
    Buffer.from('null'),
    Buffer.from(`"text ${count}"`),
    Buffer.from(`\r\n$5\r\n${count}`),
  ] as const
  const payload = kinds[count % kinds.length] ?? kinds[0]
  return { id: idOf(payload), fate: 'broken', payload }
}

/** The id of a payload or a dead letter; its bytes as hexadecimal text, without blanks at the end, where it is no object. */
export function idOf(bytes: Buffer): string {
  const fields = objectOf(bytes)
  return typeof fields?.id === 'string' ? fields.id : bytes.toString('hex').replace(/(20)+$/, '')
}

/** The fate that a payload carries. */
export function fateOf(bytes: Buffer): Fate {
  const fields = objectOf(bytes)
  return fates.find((fate) => fate === fields?.fate) ?? 'broken'
}

function objectOf(bytes: Buffer): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : null
  } catch {
    return null
  }
}
