import type { JournalEntry } from '../../src/domain/operation.ts'
import type { RenderedMessage } from '../../src/domain/pool.ts'
import type { Profile } from '../../src/domain/profile.ts'
import type { QueueRef } from '../../src/domain/queue.ts'
import type { TrackedRequest } from '../../src/domain/request.ts'
import { between } from './fake-dice.ts'

const minute = 60_000

const emailHtml = (name: string, order: string) =>
  `<!doctype html><html><body style="margin:0;background:#f3f4f6;font-family:Helvetica,Arial,sans-serif"><table role="presentation" width="100%"><tr><td align="center" style="padding:24px"><table role="presentation" width="480" style="background:#ffffff;border-radius:8px"><tr><td style="padding:24px;color:#111827"><h1 style="margin:0 0 12px;font-size:20px">Thank you, ${name}</h1><p style="margin:0 0 12px;line-height:1.5">Your order <b>${order}</b> is on its way.</p><p style="margin:0"><a href="https://shop.example/orders/${order}" style="background:#0f766e;color:#fff;padding:10px 16px;border-radius:6px;text-decoration:none">See the order</a></p><img src="https://tracker.example/pixel.gif" alt=""><script>document.body.textContent='a script ran'</script></td></tr></table></td></tr></table></body></html>`

export function fakeMessages(): RenderedMessage[] {
  const people = ['Ada Lovelace', 'نگار محمدی', 'Grace Hopper', 'Linus T.', 'Katherine Johnson']
  return Array.from({ length: 40 }, (_, index): RenderedMessage => {
    const email = index % 3 !== 2
    const name = people[index % people.length] as string
    const order = `SO-${88_120 + index}`
    const failed = index % 11 === 5
    return {
      id: `m${index}`,
      poolId: email ? 'p1' : 'p2',
      at: Date.now() - index * 9_000,
      channel: email ? 'email' : 'sms',
      type: email ? (index % 2 === 0 ? 'order_confirmation' : 'welcome') : 'otp',
      to: email ? `customer${index}@example.com` : `+98912000${String(index).padStart(4, '0')}`,
      subject: email ? `Your order ${order}` : null,
      text: email
        ? `Thank you, ${name}\n\nYour order ${order} is on its way.`
        : `Your code is ${100_000 + index * 7}. It ends in 5 minutes.`,
      html: email ? emailHtml(name, order) : null,
      outcome: failed ? 'failed' : email ? 'previewed' : 'sent',
      error: failed ? 'The provider answered 429 (too many requests).' : null,
      attempt: failed ? 2 : 1,
    }
  })
}

/** What the journal says of an unlock. */
export function unlockEntry(profile: Profile, minutes: number, reason: string | null): JournalEntry {
  return {
    id: `j-${crypto.randomUUID()}`,
    at: Date.now(),
    connectionId: profile.id,
    profileName: profile.name,
    environment: profile.environment,
    action: 'unlock',
    queue: null,
    who: 'ada',
    reason,
    summary: `Unlocked for ${minutes} minutes`,
    done: 0,
    missing: 0,
    refused: 0,
    before: null,
    after: null,
    undo: 'There is nothing to put back.',
    undoneAt: null,
    expiresAt: null,
  }
}

export function fakeJournal(): JournalEntry[] {
  const email: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
  const entry = (index: number, more: Partial<JournalEntry>): JournalEntry => ({
    id: `j${index}`,
    at: Date.now() - index * 37 * minute - 20_000,
    connectionId: 'local',
    profileName: 'Private Redis',
    environment: 'local',
    action: 'remove',
    queue: email,
    who: 'ada',
    reason: null,
    summary: 'Removed 3 jobs from email (Dead)',
    done: 3,
    missing: 0,
    refused: 0,
    before: null,
    after: null,
    undo: true,
    undoneAt: null,
    expiresAt: Date.now() + 7 * 86_400_000 - index * 37 * minute,
    ...more,
  })
  const retried = {
    action: 'retry',
    undo: 'The jobs have been put back to work; some may have run.',
    expiresAt: null,
  } as const
  const some = [
    entry(0, { before: 37, after: 34 }),
    entry(1, { ...retried, summary: 'Retried 214 jobs in sms (Dead)', done: 212, missing: 2 }),
    entry(2, {
      action: 'purge',
      summary: 'Purged 1,204 jobs from webhooks-out (Dead)',
      done: 1204,
      profileName: 'prod-eu',
      environment: 'production',
      connectionId: 'prod-eu',
      reason: 'INC-2291: the provider was down, the customers were told',
      before: 1_204_332,
      after: 0,
    }),
    entry(3, {
      action: 'unlock',
      queue: null,
      summary: 'Unlocked for 15 minutes',
      reason: 'INC-2291',
      done: 0,
      profileName: 'prod-eu',
      environment: 'production',
      connectionId: 'prod-eu',
      undo: 'There is nothing to put back.',
      expiresAt: null,
    }),
    entry(4, {
      summary: 'Removed 1 job from سفارش‌ها (Dead)',
      done: 1,
      undoneAt: Date.now() - minute,
      undo: 'Undone already.',
      queue: { ...email, name: 'سفارش‌ها' },
    }),
    entry(5, {
      action: 'move',
      summary: 'Moved 12 jobs from email (Dead) to email-slow',
      done: 11,
      refused: 1,
      undo: 'Moved jobs can be moved back by hand.',
      expiresAt: null,
    }),
    entry(6, { ...retried, action: 'edit', summary: 'Edited and retried 1 job in csv-uploads (Failed)', done: 1 }),
  ]
  return [
    ...some,
    ...Array.from({ length: 180 }, (_, index) =>
      entry(index + 8, { ...retried, summary: `Retried ${index + 1} jobs in email (Dead)`, done: index + 1 }),
    ),
  ]
}

const requestSteps = ['queued', 'opening_browser', 'captcha_solving', 'otp_verification', 'reading_result'] as const
const requestMessages = [
  'حل کپچا، لطفاً صبر کنید…',
  'Waiting for the bank to answer',
  'در حال دریافت گزارش اعتباری از بانک مرکزی (۳ از ۷)',
  'Step 2: order \u202e8812\u202c of 9223372036854775807',
  'A message that somebody made far too long because nobody said how long a message may be, so it goes on and on until the row is full and then some more',
] as const

/** The nth request of a tracker, as long as it lives. */
export function fakeRequest(index: number): TrackedRequest {
  const status = (
    [
      'processing',
      'processing',
      'completed',
      'processing',
      'otp_required',
      'failed',
      'pending',
      'processing',
      'cancelled',
    ] as const
  )[index % 9] as string
  const over = ['completed', 'failed', 'cancelled'].includes(status)
  return {
    hash: `req_${(index * 2_654_435_761).toString(16).padStart(10, '0').slice(-10)}`,
    service: (['credit-score-rating', 'kyc', 'payout', 'پرداخت'] as const)[index % 4] as string,
    status,
    step: over ? null : (requestSteps[index % requestSteps.length] as string),
    progress: status === 'completed' ? 100 : status === 'pending' ? null : between(2, 94),
    message:
      status === 'failed'
        ? 'Upstream closed the connection'
        : index % 13 === 7
          ? null
          : (requestMessages[index % requestMessages.length] as string),
    userId: index % 11 === 3 ? null : String(9_007_199_254_740_993n + BigInt(index)),
    requiresOtp: status === 'otp_required',
    startedAt: Date.now() - between(4, 600) * 1000,
    updatedAt: Date.now() - between(0, 5) * 1000,
    etaMs: over || status === 'pending' ? null : between(1, 190) * 1000,
    expiresAt: index % 17 === 5 ? null : Date.now() + between(20, 1800) * 1000,
    error: status === 'failed' ? 'ECONNRESET while reading https://bank.example/api/score' : null,
    problem: index === 20 ? 'What is stored for this request is not JSON.' : null,
  }
}

export function fakeRequests(): TrackedRequest[] {
  return Array.from({ length: 46 }, (_, index) => fakeRequest(index))
}
