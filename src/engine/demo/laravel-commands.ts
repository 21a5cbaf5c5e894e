import { type Channel, channelPolicies } from '../../domain/policy.ts'
import { emailOf, personName } from './people.ts'
import type { Random } from './random.ts'

type PhpValue = string | number | boolean | null | readonly PhpValue[] | { readonly [name: string]: PhpValue }

/** A job of the donation platform: its class and what it was dispatched with. */
interface JobClass {
  readonly name: string
  properties(random: Random): { readonly [name: string]: PhpValue }
}

const donation = 'Modules\\Donation\\Infrastructure\\Laravel\\Jobs\\'
const shared = 'Modules\\Shared\\Infrastructure\\Laravel\\Jobs\\'

const donationId = (random: Random) => random.int(1_000, 99_999)
const userId = (random: Random) => random.int(1, 20_000)
const money = (random: Random) => random.int(500, 250_000)
const locale = (random: Random) => random.pick(['nl', 'fr', 'en'])
const format = (random: Random) => random.pick(['excel', 'csv', 'pdf'])
const currency = (random: Random) => random.pick(['EUR', 'EUR', 'USD', 'GBP'])

const webhook: JobClass = {
  name: `${donation}ProcessPaymentWebhookJob`,
  properties(random) {
    const provider = random.pick(['stripe', 'mollie', 'paypal'])
    const event = random.pick(['payment.succeeded', 'payment.succeeded', 'payment.failed', 'charge.refunded'])
    return {
      provider,
      webhookData: { id: `evt_${random.word(16)}`, type: event, amount: money(random), currency: currency(random) },
      signature: `t=${random.int(1_760_000_000, 1_769_999_999)},v1=${random.hex(64)}`,
      donationId: random.chance(0.85) ? donationId(random) : null,
    }
  },
}
const donate: JobClass = {
  name: `${donation}ProcessDonationJob`,
  properties: (random) => ({
    donationId: donationId(random),
    campaignId: random.int(1, 400),
    amountInCents: money(random),
    currency: currency(random),
    applyCorporateMatching: random.chance(0.4),
  }),
}
const refund: JobClass = {
  name: `${donation}RefundProcessingJob`,
  properties: (random) => ({
    donationId: donationId(random),
    refundAmountInCents: random.chance(0.7) ? null : money(random),
    reason: random.pick(['requested by the donor', 'duplicate payment', 'campaign was cancelled']),
    processedBy: userId(random),
  }),
}
const confirmation: JobClass = {
  name: `${donation}SendPaymentConfirmationJob`,
  properties: (random) => ({
    donationId: donationId(random),
    confirmationNumber: `DON-${random.word(10)}`,
    locale: locale(random),
    anonymous: random.chance(0.2),
    copyToOrganizer: random.chance(0.3),
  }),
}
const email: JobClass = {
  name: `${shared}SendEmailJob`,
  properties: (random) => ({
    emailData: {
      to: [emailOf(random)],
      subject: random.pick(['Thank you for your gift', 'Your receipt', 'Dank voor uw gift', 'Merci pour votre don']),
      view: random.pick(['emails.confirmation', 'emails.receipt']),
      data: { name: personName(random), correlation: random.uuid() },
    },
    locale: locale(random),
    priority: random.int(4, 8),
  }),
}
const update: JobClass = {
  name: `${shared}SendEmailJob`,
  properties: (random) => ({
    emailData: {
      to: [emailOf(random), emailOf(random), emailOf(random)],
      subject: random.pick(['News of your campaign', 'This week at work', 'Three days are left']),
      view: 'emails.campaign-update',
      data: { campaignId: random.int(1, 400) },
    },
    locale: locale(random),
    priority: random.int(1, 3),
  }),
}
const exportOf = (what: string, filters: (random: Random) => { readonly [name: string]: PhpValue }): JobClass => ({
  name: `${shared}Export${what}Job`,
  properties: (random) => ({
    filters: filters(random),
    format: format(random),
    userId: userId(random),
    exportId: random.uuid(),
  }),
})
const campaigns = exportOf('Campaigns', (random) => ({
  status: random.pick(['active', 'completed', 'draft']),
  organizationId: random.int(1, 60),
}))
const donations = exportOf('Donations', (random) => ({
  from: '2026-01-01',
  until: `2026-${random.pick(['06-30', '09-30', '10-31'])}`,
  includePersonalData: random.chance(0.3),
  includeTaxReceipts: random.chance(0.5),
}))
const report: JobClass = {
  name: `${shared}GenerateReportJob`,
  properties: (random) => ({
    report: random.pick(['donations-by-campaign', 'corporate-matching', 'participation']),
    format: random.pick(['pdf', 'excel']),
    quarter: `2026-Q${random.int(1, 4)}`,
    userId: userId(random),
  }),
}
const cleanup: JobClass = {
  name: `${shared}CleanupExpiredDataJob`,
  properties: (random) => ({
    dataTypes: random.pick([
      ['job_progress', 'export_files'],
      ['failed_jobs'],
      ['temp_files', 'cache', 'sessions'],
      ['audit_logs'],
    ]),
    retentionDays: random.pick([1, 30, 90, 365]),
    dryRun: random.chance(0.2),
  }),
}

const classes: Readonly<Record<Channel, readonly [JobClass, ...JobClass[]]>> = {
  payments: [webhook, donate, refund],
  notifications: [confirmation, email],
  exports: [campaigns, donations],
  reports: [report],
  bulk: [update],
  maintenance: [cleanup],
}

/** A new job of a channel as illuminate/queue 12 writes it, its command in PHP's serialize form. `now` is epoch ms. */
export function laravelPayload(random: Random, channel: Channel, now: number): string {
  const { name: commandName, properties } = random.pick(classes[channel])
  const { tries, timeoutSeconds, backoffSeconds } = channelPolicies[channel]
  const uuid = random.uuid()
  return JSON.stringify({
    uuid,
    displayName: commandName,
    job: 'Illuminate\\Queue\\CallQueuedHandler@call',
    maxTries: tries,
    maxExceptions: null,
    failOnTimeout: false,
    backoff: backoffSeconds.length === 0 ? null : backoffSeconds.join(','),
    timeout: timeoutSeconds,
    retryUntil: null,
    data: { commandName, command: phpObject(commandName, properties(random), channel) },
    createdAt: Math.floor(now / 1000),
    delay: null,
    id: random.word(32),
    attempts: 0,
  })
}

/** Promoted constructor properties are private, so their names carry their class; `queue` is a public one of Laravel's. */
function phpObject(className: string, properties: { readonly [name: string]: PhpValue }, queue: string): string {
  const own = Object.entries(properties).map(([name, value]) => phpValue(`\0${className}\0${name}`) + phpValue(value))
  const members = [...own, phpValue('queue') + phpValue(queue)]
  return `O:${className.length}:"${className}":${members.length}:{${members.join('')}}`
}

function phpValue(value: PhpValue): string {
  if (value === null) return 'N;'
  if (typeof value === 'string') return `s:${Buffer.byteLength(value)}:"${value}";`
  if (typeof value === 'number') return `i:${value};`
  if (typeof value === 'boolean') return `b:${value ? 1 : 0};`
  const entries: readonly (readonly [string | number, PhpValue])[] = Array.isArray(value)
    ? value.map((each: PhpValue, index) => [index, each] as const)
    : Object.entries(value)
  return `a:${entries.length}:{${entries.map(([key, each]) => phpValue(key) + phpValue(each)).join('')}}`
}
