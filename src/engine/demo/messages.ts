import { setField } from '../../domain/json-text.ts'
import type { Command } from '../../systems/handles.ts'
import { type Actor, load, sendAll } from './actor.ts'
import { emailOf, iso, mobileOf, personName } from './people.ts'
import type { Random } from './random.ts'

/** More than this many jobs wait only while no workers run: then producers pause. */
const mostWaiting = 400
const mostDead = 500

type Data = Record<string, unknown>

const emailData: Readonly<Record<string, (random: Random) => Data>> = {
  welcome: (random) => ({ user_name: personName(random), referral_code: random.word(6) }),
  order_confirmation: (random) => ({
    order_number: `ORD-2026-${random.int(10_000, 99_999)}`,
    total_amount: random.amount(199, 24_999),
  }),
  cashback_confirmed: (random) => ({ amount: random.amount(10, 900), new_balance: random.amount(900, 9_000) }),
  withdrawal_requested: (random) => ({
    amount: random.amount(200, 5_000),
    method: random.pick(['upi', 'bank', 'paytm']),
  }),
  withdrawal_processed: (random) => ({
    amount: random.amount(200, 5_000),
    transaction_id: `TXN${random.int(1e14, 9e14)}`,
    status: 'approved',
  }),
  withdrawal_rejected: (random) => {
    const amount = random.amount(200, 5_000)
    const reason = random.pick([
      'Account name does not match',
      'UPI id is not active',
      'Daily limit reached',
      'نام صاحب حساب مطابقت ندارد',
    ])
    return { amount, reason, refunded_amount: amount }
  },
}

const smsData: Readonly<Record<string, (random: Random) => Data>> = {
  otp: (random) => ({ otp: String(random.int(100_000, 999_999)) }),
  order_confirmation: (random) => ({
    order_number: `ORD-2026-${random.int(10_000, 99_999)}`,
    total_amount: random.amount(199, 24_999),
  }),
  cashback_credited: (random) => ({ amount: random.amount(10, 900) }),
  withdrawal_processed: (random) => ({ amount: random.amount(200, 5_000) }),
  withdrawal_rejected: (random) => ({ amount: random.amount(200, 5_000), reason: 'Account name does not match' }),
}

const emailTypes = ['welcome', 'order_confirmation', 'order_confirmation', 'cashback_confirmed', 'cashback_confirmed', 'withdrawal_requested', 'withdrawal_processed', 'withdrawal_rejected'] as const // biome-ignore format: a list
const smsTypes = ['otp', 'otp', 'otp', 'order_confirmation', 'cashback_credited', 'withdrawal_processed', 'withdrawal_rejected'] as const // biome-ignore format: a list

/** A job as the second seed's push_email_job writes it. A few cannot be sent, so that the dead letters grow as they do. */
export function emailJob(random: Random, now: number, broken = 0): string {
  const type = random.pick(emailTypes)
  const to = random.chance(broken) ? random.pick(['not-an-address', 'asha@', 'ravi@@example.com']) : emailOf(random)
  const named = random.chance(broken) ? 'loyalty_summary' : type
  const data = emailData[type]?.(random) ?? {}
  return JSON.stringify({ id: random.uuid(), type: named, to, data, attempts: 0, created_at: iso(now) })
}

export function smsJob(random: Random, now: number, broken = 0): string {
  const type = random.pick(smsTypes)
  const to = random.chance(broken) ? random.pick(['+91', '98-INVALID', '']) : mobileOf(random)
  return JSON.stringify({
    id: random.uuid(),
    type,
    to,
    data: smsData[type]?.(random) ?? {},
    attempts: 0,
    created_at: iso(now),
  })
}

const address = (random: Random) =>
  `${random.int(13, 199)}.${random.int(0, 255)}.${random.int(0, 255)}.${random.int(1, 254)}:443`

/** What goes wrong with e-mail: few causes, each with other numbers, ids and addresses every time. */
const emailErrors: readonly [(random: Random) => string, ...((random: Random) => string)[]] = [
  (random) => `connect ETIMEDOUT ${address(random)}`,
  (random) => `connect ETIMEDOUT ${address(random)}`,
  () => 'SendGrid did not answer within 30 s.',
  (random) => `SendGrid could not take the message (503): upstream request ${random.hex(16)} failed`,
  (random) => `550 5.1.1 <${emailOf(random)}>: Recipient address rejected: User unknown`,
  (random) => `550 5.1.1 <${emailOf(random)}>: Recipient address rejected: User unknown`,
  () => 'SendGrid refused the message (400): Does not contain a valid address.',
  (random) => `429 Too Many Requests: retry after ${random.int(5, 90)} s`,
  (random) => `read ECONNRESET while sending message ${random.uuid()}`,
  () => 'getaddrinfo ENOTFOUND api.sendgrid.com',
  (random) =>
    `Template error at /srv/app/templates/order_confirmation.html:${random.int(10, 80)}: total_amount is undefined`,
]

const smsErrors: readonly [(random: Random) => string, ...((random: Random) => string)[]] = [
  (random) => `MSG91 refused the message: invalid mobile number ${mobileOf(random)}`,
  (random) => `DLT template ${random.int(1e15, 9e15)} is not approved for sender KITECB`,
  (random) => `DLT template ${random.int(1e15, 9e15)} is not approved for sender KITECB`,
  () => 'MSG91 did not answer within 30 s.',
  (random) => `connect ECONNREFUSED ${address(random)}`,
  () => 'Insufficient balance for route 4',
  () => 'پیامک به این شماره ارسال نشد: شماره در فهرست سیاه است',
]

/** A dead letter as the workers write it: the job, then `failedAt` and `error`. */
export function deadLetter(job: string, error: string, failedAt: number, attempts = 3): string {
  const counted = setField(job, 'attempts', String(attempts))
  return setField(setField(counted, 'failedAt', JSON.stringify(iso(failedAt))), 'error', JSON.stringify(error))
}

/** The queues of the second seed as an operator finds them: jobs that wait, retries, and dead letters of three days. */
export function fillMessages(random: Random, now: number): Command[] {
  const commands: Command[] = []
  const fill = (
    name: string,
    make: typeof emailJob,
    errors: typeof emailErrors,
    sizes: { waiting: number; delayed: number; dead: number },
  ) => {
    const key = `queue:${name}`
    for (let i = sizes.waiting; i > 0; i--) commands.push(['RPUSH', key, make(random, now - i * 2_300)])
    for (let i = 1; i <= sizes.delayed; i++) {
      const job = setField(make(random, now - 90_000), 'attempts', String(random.int(1, 2)))
      commands.push(['ZADD', `${key}:delayed`, now + i * 25_000, job])
    }
    const span = 3 * 86_400_000
    for (let i = sizes.dead; i > 0; i--) {
      const failedAt = now - Math.round((span * (i - 0.5 + random.next() / 2)) / sizes.dead)
      const job = make(random, failedAt - 190_000)
      commands.push(['RPUSH', `${key}:dlq`, deadLetter(job, random.pick(errors)(random), failedAt)])
    }
  }
  fill('email', emailJob, emailErrors, { waiting: 38, delayed: 6, dead: 96 })
  fill('sms', smsJob, smsErrors, { waiting: 22, delayed: 3, dead: 41 })
  // One that no worker could read went there as it was.
  commands.push([
    'RPUSH',
    'queue:email:dlq',
    '{"id":"4f1c","type":"welcome","to":"kabir12@example.com","data":{"user_na',
  ])
  return commands
}

/** Producers of e-mail and SMS, in a stream and now and then a burst; the workers are Sluice's own pools. */
export function messageProducer(): Actor {
  return {
    everyMs: 900,
    async turn(writer, random, now) {
      const [emails, texts] = await sendAll(writer, [
        ['LLEN', 'queue:email'],
        ['LLEN', 'queue:sms'],
      ])
      const burst = random.chance(0.03) ? 45 : 0
      const some = (rate: number) => Math.floor(rate * load(now) + random.next())
      const jobs = (make: typeof emailJob, count: number) =>
        Array.from({ length: count }, () => make(random, now, 0.02))
      const email = Number(emails) < mostWaiting ? jobs(emailJob, some(1) + burst) : []
      const sms = Number(texts) < mostWaiting ? jobs(smsJob, some(0.7)) : []
      await sendAll(writer, [
        ...(email.length > 0 ? [['RPUSH', 'queue:email', ...email] as const] : []),
        ...(sms.length > 0 ? [['RPUSH', 'queue:sms', ...sms] as const] : []),
        ['LTRIM', 'queue:email:dlq', -mostDead, -1],
        ['LTRIM', 'queue:sms:dlq', -mostDead, -1],
      ])
    },
  }
}
