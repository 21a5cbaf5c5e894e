import type { FailureGroup } from '../../src/domain/failure.ts'
import { errorSignature } from '../../src/domain/failure.ts'
import type { Badge, JobDetail, JobSummary } from '../../src/domain/job.ts'
import type { Kind } from '../../src/domain/queue.ts'
import { dice } from './fake-dice.ts'
import { type FakeQueue, fakeStates, type World } from './fake-world.ts'

const errors = [
  'SMTP 421: too many connections from 10.0.3.7',
  'ETIMEDOUT connecting to https://api.sendgrid.com/v3/mail/send after 10000 ms',
  "TypeError: Cannot read properties of undefined (reading 'email')\n    at render (/app/src/mailer/render.js:41:18)\n    at process (/app/src/worker.js:112:9)",
  'Order 9223372036854775807 not found',
  '۴۲۹: درخواست‌های بیش از حد',
]

/** The nth job of a state: always the same one, so that a list of a million needs no memory. */
export function fakeJob(queue: FakeQueue, kind: Kind, state: string, index: number): JobSummary {
  const roll = dice(index * 31 + queue.ref.name.length * 7 + 1)
  for (let turn = 0; turn < 5; turn++) roll()
  const failed = kind === 'failed'
  const odd = index % 23
  const badges: Badge[] = odd === 7 ? ['invalid-json'] : odd === 11 ? ['large'] : odd === 17 ? ['binary'] : []
  const id = String(9_007_199_254_740_993n + BigInt(index))
  const payload = fakePayload(queue, index, id)
  return {
    ref: `${state}:${index}`,
    id: odd === 7 ? null : odd === 13 ? `req:${id}:\u202egpj.a very long id made by somebody` : id,
    name:
      odd === 7
        ? null
        : odd === 19
          ? 'ارسال_پیامک'
          : (['order_confirmation', 'welcome', 'otp', 'withdrawal_processed'][index % 4] as string),
    state,
    preview: (odd === 17 ? '4096 bytes that are not text' : payload).slice(0, 400),
    bytes: odd === 11 ? 10 * 2 ** 20 : payload.length,
    createdAt: Date.now() - Math.floor(roll() * 5e6) - index * 900,
    at: Date.now() - index * 800,
    attempts: failed ? 3 : Math.floor(roll() * 2),
    maxAttempts: 3,
    progress: kind === 'active' ? Math.floor(roll() * 100) : null,
    error: failed ? (errors[index % errors.length] as string) : null,
    badges,
  }
}

function fakePayload(queue: FakeQueue, index: number, id: string): string {
  if (index % 23 === 7) return `{"type":"welcome","email":"broken${index}@example.com"`
  if (index % 23 === 19) return `{"note":"${'پیام بسیار بلند '.repeat(40)}","hidden":"\u202egnp.exe\u200b","id":${id}}`
  return `{"id":${id},"type":"order_confirmation","queue":"${queue.ref.name}","to":"customer${index}@example.com","data":{"name":"${index % 3 === 0 ? 'نگار' : 'Ada'}","total":19.90,"lines":[{"sku":"A-${index}","qty":2},{"sku":"B-9","qty":1}]}}`
}

/** A payload of a size, with what hurts: deep nesting, one very long line, hidden characters, integers of 64 bits. */
function largePayload(bytes: number): string {
  const item = (at: number) =>
    `{"id":${9_223_372_036_854_775_807n - BigInt(at)},"sku":"SKU-${at}","title":"کفش ورزشی \u2068زنانه\u2069 ${at}","price":19.90,"tags":["a","b\u202ec"],"ok":${at % 2 === 0}}`
  const items: string[] = []
  for (let size = 0, at = 0; size < bytes * 0.7; at++) {
    const next = item(at)
    items.push(next)
    size += next.length * 1.1
  }
  return `{"kind":"import","note":"first line\nsecond\u0000","deep":${'['.repeat(60)}1${']'.repeat(60)},"items":[${items.join(',')}],"blob":"${'x'.repeat(Math.round(bytes * 0.3))}"}`
}

/** What a job's detail says of its payload: cut at 256 KiB unless all of it is asked for. */
function storedPayload(queue: FakeQueue, index: number, summary: JobSummary, full: boolean): JobDetail['payload'] {
  const cut = 256 * 1024
  if (index % 23 === 17) {
    const bytes = Uint8Array.from({ length: 4096 }, (_, at) => (at * 7 + index) % 256)
    return { text: btoa(String.fromCharCode(...bytes)), encoding: 'base64', bytes: bytes.length, truncated: false }
  }
  if (index % 23 === 11) {
    const text = largePayload(full ? summary.bytes : cut + 2_000)
    return full
      ? { text, encoding: 'utf8', bytes: summary.bytes, truncated: false }
      : { text: text.slice(0, cut), encoding: 'utf8', bytes: summary.bytes, truncated: true }
  }
  const text = fakePayload(queue, index, summary.id ?? '0')
  return { text, encoding: 'utf8', bytes: new TextEncoder().encode(text).length, truncated: false }
}

export function fakeJobDetail(queue: FakeQueue, kind: Kind, state: string, index: number, full = false): JobDetail {
  const summary = fakeJob(queue, kind, state, index)
  const at = summary.createdAt ?? 0
  return {
    ...summary,
    payload: storedPayload(queue, index, summary, full),
    fields: [
      { label: 'Key', value: `${queue.ref.prefix}${queue.ref.name}`, mono: true },
      { label: 'Attempts', value: `${summary.attempts} of 3`, mono: false },
    ],
    timeline: [
      { at, label: 'Added' },
      { at: at + 1_200, label: 'Started' },
      ...(kind === 'failed' ? [{ at: at + 4_000, label: 'Failed for good' }] : []),
    ],
    failures:
      summary.error === null
        ? []
        : [1, 2, 3].map((attempt) => ({
            attempt,
            message: (summary.error as string).split('\n')[0] as string,
            stack: (summary.error as string).includes('\n') ? (summary.error as string) : null,
          })),
    logs: kind === 'active' ? ['fetched the order', 'rendered the message'] : [],
    result: kind === 'completed' ? { text: '{"ok":true}', encoding: 'utf8', bytes: 11, truncated: false } : null,
    family: null,
  }
}

/** Failed jobs of all queues by error. */
export function fakeFailures(world: World, connectionId: string | null): { groups: FailureGroup[]; total: number } {
  const groups = new Map<string, FailureGroup>()
  let total = 0
  for (const { profile, queues, status } of world.connections) {
    if ((connectionId !== null && profile.id !== connectionId) || status.status !== 'ready') continue
    for (const queue of queues) {
      const state = fakeStates(queue.ref.system).failed
      const failed = queue.counts.failed
      if (state === undefined || failed === 0) continue
      total += failed
      for (const [which, example] of errors.entries()) {
        const count = Math.ceil((failed - which) / errors.length)
        if (count <= 0) continue
        const signature = errorSignature(example)
        const group = groups.get(signature) ?? {
          signature,
          example,
          count: 0,
          firstAt: Date.now() - (which + 1) * 8e6,
          lastAt: Date.now() - which * 90e3 - 9e3,
          queues: [],
          samples: [],
          trend: Array.from({ length: 24 }, (_, at) =>
            which === 1 ? at ** 2 : which === 3 ? 0 : (at * 37 * (which + 1)) % 50,
          ),
          filter: `kind = failed and signature = ${JSON.stringify(signature)}`,
        }
        group.count += count
        group.queues.push({ connectionId: profile.id, queue: queue.ref, state, count })
        for (let index = which; index < failed && group.samples.length < 50; index += errors.length) {
          const { ref, id, name, at } = fakeJob(queue, 'failed', state, index)
          group.samples.push({ connectionId: profile.id, queue: queue.ref, state, ref, id, name, at })
        }
        groups.set(signature, group)
      }
    }
  }
  return { groups: [...groups.values()].sort((one, other) => other.count - one.count), total }
}
