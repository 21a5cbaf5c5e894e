import type { Command, Writer } from '../../systems/handles.ts'
import { type Actor, load, sendAll } from './actor.ts'
import { deadLetter } from './messages.ts'
import { emailOf, iso, personName } from './people.ts'
import type { Random } from './random.ts'

/** A plain-list queue that another team's program serves, in the way of the second seed. */
interface OtherList {
  readonly key: string
  readonly make: (random: Random, now: number) => string
  readonly errors: readonly [string, ...string[]]
  /** Jobs a second. */
  readonly rate: number
  readonly fill: { readonly waiting: number; readonly dead: number }
}

const mostWaiting = 600
const mostDead = 200
const heldAtOnce = 4

const lists: readonly OtherList[] = [
  {
    key: 'queue:push',
    rate: 2,
    fill: { waiting: 140, dead: 12 },
    make: (random, now) =>
      JSON.stringify({
        id: `push_${random.hex(12)}`,
        type: random.pick(['price_drop', 'order_shipped', 'cashback_tracked']),
        to: `fcm:${random.hex(40)}`,
        data: {
          title: random.pick(['Your order is on its way', 'قیمت کاهش یافت', 'Cashback tracked 🎉']),
          badge: random.int(1, 9),
        },
        attempts: 0,
        created_at: iso(now),
      }),
    errors: [
      'FCM: registration token is not registered',
      'FCM: 503 backend unavailable',
      'messaging/invalid-argument: payload over 4096 bytes',
    ],
  },
  {
    key: 'queue:invoice:eu',
    rate: 0.3,
    fill: { waiting: 18, dead: 7 },
    make: (random, now) =>
      // Written by hand: invoice numbers beyond 2^53, as this team's database has them.
      `{"id":${random.int(1_000_000, 9_000_000)}${random.int(1_000_000_000, 9_999_999_999)}3,"type":"render_invoice","to":"${emailOf(random)}","data":{"customer":${JSON.stringify(personName(random))},"net":${random.amount(20, 900)},"vat":0.19,"currency":"EUR"},"attempts":0,"created_at":"${iso(now)}"}`,
    errors: [
      'VIES did not answer within 20 s.',
      'VAT id DE811569869 is not valid',
      'PDF renderer ended with signal SIGKILL (out of memory)',
    ],
  },
  {
    key: 'queue:Rapports été',
    rate: 0.15,
    fill: { waiting: 9, dead: 3 },
    make: (random, now) =>
      JSON.stringify({
        id: `rapport-${random.int(1000, 9999)}`,
        type: 'génération',
        to: emailOf(random),
        data: { période: `2026-0${random.int(6, 8)}`, région: random.pick(['Île-de-France', 'Bretagne', 'Provence']) },
        attempts: 0,
        created_at: iso(now),
      }),
    errors: ['Délai dépassé après 60 s', 'Colonne « montant » introuvable'],
  },
]

/** Those queues, and one that nobody serves and in which everything odd has gathered. */
export function fillOtherLists(random: Random, now: number): Command[] {
  const commands = lists.flatMap(({ key, make, errors, fill }): Command[] => [
    ...Array.from(
      { length: fill.waiting },
      (_, i): Command => ['RPUSH', key, make(random, now - (fill.waiting - i) * 1_700)],
    ),
    ...Array.from({ length: fill.dead }, (_, i): Command => {
      const failedAt = now - (fill.dead - i) * 3_600_000
      return ['RPUSH', `${key}:dlq`, deadLetter(make(random, failedAt - 60_000), random.pick(errors), failedAt)]
    }),
  ])
  return [...commands, ...oddPayloads(random, now).map((payload): Command => ['RPUSH', 'queue:webhooks', payload])]
}

function webhook(random: Random, now: number, data: unknown): string {
  return JSON.stringify({
    id: `wh_${random.hex(10)}`,
    type: 'partner.callback',
    data,
    attempts: 0,
    created_at: iso(now),
  })
}

/** What a queue may hold and a console must bear: large, cut off, binary, no object, equal, beyond 2^53, bidirectional. */
function oddPayloads(random: Random, now: number): (string | Buffer)[] {
  const rows = Array.from({ length: 12_500 }, (_, i) => ({
    line: i,
    sku: `SKU-${1_000_000 + i * 37}`,
    note: `row ${i} of the partner's export, as sent`.padEnd(110, '.'),
  }))
  const twice = webhook(random, now - 500_000, { event: 'order.paid', order: random.uuid() })
  return [
    webhook(random, now - 900_000, { event: 'catalog.full', rows }), // about 2 MB
    `{"id":"wh_${random.hex(10)}","type":"partner.callback","data":{"event":"order.pa`,
    Buffer.from([
      0x1f,
      0x8b,
      0x08,
      0x00,
      0xff,
      0xfe,
      0x00,
      0x9c,
      ...Array.from({ length: 48 }, () => random.int(0, 255)),
    ]),
    'null',
    twice,
    twice,
    `{"id":9007199254740993,"type":"ledger.entry","data":{"account":18446744073709551615,"amount":0.10000000000000000555},"attempts":0}`,
    webhook(random, now - 300_000, {
      event: 'note.added',
      text: 'سفارش شماره 4821 (ارسال سریع) — "Express" آماده است\u200f',
      author: 'سارا رضایی',
    }),
    webhook(random, now - 250_000, { event: 'note.added', text: 'line one\nline two\ttab \u0007 bell \u001b[31mred' }),
    '"just a string"',
    '[{"event":"batch"},{"event":"batch"}]',
    ...Array.from({ length: 14 }, (_, i) =>
      webhook(random, now - 200_000 + i * 9_000, {
        event: random.pick(['order.paid', 'order.refunded']),
        order: random.uuid(),
      }),
    ),
  ]
}

/** Producers and the old kind of worker for those queues: pop, SADD, work, SREM, and a dead letter now and then. */
export function otherListsActor(): Actor {
  let held: Map<string, { payload: Buffer; until: number }[]> | null = null
  return {
    everyMs: 700,
    async turn(writer, random, now) {
      held ??= await leftBehind(writer, now)
      for (const list of lists) {
        const mine = held.get(list.key) ?? []
        const some = (rate: number) => Math.floor(rate * 0.7 + random.next())
        const count = some(list.rate * load(now))
        const [waiting] = await sendAll(writer, [['LLEN', list.key]])
        const added = Number(waiting) > mostWaiting ? 0 : count
        const over = mine.filter(({ until }) => until <= now)
        const settled = over.flatMap(({ payload }): Command[] => [
          ['SREM', `${list.key}:processing`, payload],
          ...(random.chance(0.02)
            ? [
                [
                  'RPUSH',
                  `${list.key}:dlq`,
                  deadLetter(payload.toString('utf8'), random.pick(list.errors), now),
                ] as const,
              ]
            : []),
        ])
        await sendAll(writer, [
          ...Array.from({ length: added }, (): Command => ['RPUSH', list.key, list.make(random, now)]),
          ...settled,
          ['LTRIM', `${list.key}:dlq`, -mostDead, -1],
        ])
        const busy = mine.filter((job) => !over.includes(job))
        held.set(list.key, busy)
        // It works off what it gets on average, a little more when much waits.
        const wanted = Math.min(some(list.rate * (Number(waiting) > 120 ? 1.3 : 1)), heldAtOnce - busy.length)
        for (let i = 0; i < wanted; i++) {
          const [payload] = await sendAll(writer, [['LPOP', list.key]])
          if (!(payload instanceof Buffer)) break
          await sendAll(writer, [['SADD', `${list.key}:processing`, payload]])
          busy.push({ payload, until: now + random.int(400, 2_500) })
        }
      }
    },
  }
}

/** What the last run of the demo left in work: this one finishes it. */
async function leftBehind(writer: Writer, now: number): Promise<Map<string, { payload: Buffer; until: number }[]>> {
  const members = await sendAll(
    writer,
    lists.map(({ key }) => ['SMEMBERS', `${key}:processing`]),
  )
  return new Map(
    lists.map(({ key }, i) => {
      const payloads = members[i]
      const jobs = (Array.isArray(payloads) ? payloads : []).flatMap((payload) =>
        payload instanceof Buffer ? [{ payload, until: now }] : [],
      )
      return [key, jobs]
    }),
  )
}
