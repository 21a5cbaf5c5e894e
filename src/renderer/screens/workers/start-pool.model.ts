import {
  type Backoff,
  type HandlerId,
  type PoolConfig,
  type PoolSystem,
  type Priorities,
  poolConfigSchema,
  poolSystems,
} from '../../../domain/pool.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { formatDuration } from '../../ui/format.ts'

/** The form of a pool, numbers as typed. */
export interface PoolForm {
  readonly connectionId: string
  readonly system: PoolSystem
  readonly queueName: string
  readonly queuePrefix: string
  readonly handler: HandlerId
  readonly concurrency: string
  readonly maxAttempts: string
  readonly backoff: Backoff['kind']
  /** Seconds. */
  readonly firstDelay: string
  /** Seconds. */
  readonly longestDelay: string
  /** Seconds, one delay for each retry: "30, 60, 120". */
  readonly givenDelays: string
  readonly priorities: Priorities
  /** Jobs a second; empty for no limit. */
  readonly rate: string
  readonly acceptsEviction: boolean
}

export const startingForm = {
  system: 'plain-list',
  queueName: '',
  queuePrefix: 'queue:',
  handler: 'email',
  concurrency: '10',
  maxAttempts: '3',
  backoff: 'exponential',
  firstDelay: '1',
  longestDelay: '300',
  givenDelays: '30, 60, 120, 300, 600',
  priorities: 'off',
  rate: '',
  acceptsEviction: false,
} as const satisfies Omit<PoolForm, 'connectionId'>

/** The fields that stay folded away until somebody wants them. */
export const advancedFields = ['firstDelay', 'longestDelay', 'givenDelays', 'rate'] as const

/** What a system's queues are usually called by: the prefix to begin with. */
export const usualPrefixes: Record<PoolSystem, string> = { 'plain-list': 'queue:', 'http-jobs': '' }

/** A queue that pools can work on; null for those of other systems. */
export function poolQueue({
  system,
  prefix,
  name,
}: QueueRef): { system: PoolSystem; prefix: string; name: string } | null {
  const known = poolSystems.find((id) => id === system)
  return known === undefined ? null : { system: known, prefix, name }
}

/** The handler that a queue asks for: HTTP jobs are calls; of the others `sms` in the name means SMS. */
export function guessHandler({ system, name }: QueueRef): HandlerId {
  if (system === 'http-jobs') return 'http'
  return /sms|otp|text/i.test(name) ? 'sms' : 'email'
}

const longestDelayS = 86_400
const mostDelays = 50

/** What is wrong with the form, by field. */
export function poolProblems(form: PoolForm): Partial<Record<keyof PoolForm, string>> {
  const problems: Partial<Record<keyof PoolForm, string>> = {}
  if (form.connectionId === '') problems.connectionId = 'Choose a connection.'
  if (form.queueName === '') problems.queueName = 'Choose or name a queue.'
  if (!isWhole(form.concurrency, 1, 256)) problems.concurrency = '1 to 256'
  if (!isWhole(form.maxAttempts, 1, 50)) problems.maxAttempts = '1 to 50'
  if (form.backoff === 'exponential') {
    if (!isDelay(form.firstDelay)) problems.firstDelay = '0 to 86,400'
    if (!isDelay(form.longestDelay)) problems.longestDelay = '0 to 86,400'
    else if (isDelay(form.firstDelay) && Number(form.longestDelay) < Number(form.firstDelay)) {
      problems.longestDelay = 'shorter than the first'
    }
  } else if (delaysOf(form.givenDelays) === null) {
    problems.givenDelays = `1 to ${mostDelays} numbers of seconds, with commas between them`
  }
  const rate = Number(form.rate)
  if (form.rate.trim() !== '' && !(rate > 0 && rate <= 1_000_000)) problems.rate = 'more than 0, or empty'
  return problems
}

function isWhole(text: string, low: number, high: number): boolean {
  const value = Number(text)
  return text.trim() !== '' && Number.isInteger(value) && value >= low && value <= high
}

function isDelay(text: string): boolean {
  const seconds = Number(text)
  return text.trim() !== '' && seconds >= 0 && seconds <= longestDelayS
}

/** Delays in ms from "30, 60, 120" (seconds; brackets as in code may stand around them); null when it is no such list. */
export function delaysOf(text: string): number[] | null {
  const parts = text
    .trim()
    .replace(/^\[(.*)\]$/s, '$1')
    .replace(/,\s*$/, '')
    .split(/\s*,\s*|\s+/)
    .map((part) => part.trim())
  if (parts.length > mostDelays || !parts.every(isDelay)) return null
  return parts.map(milliseconds)
}

const milliseconds = (seconds: string) => Math.round(Number(seconds) * 1000)

/** What goes to the engine; only for a form without problems. */
export function toPoolConfig(form: PoolForm): PoolConfig {
  const { connectionId, system, queueName, queuePrefix, handler, priorities, acceptsEviction } = form
  return poolConfigSchema.parse({
    ...{ connectionId, system, queueName, queuePrefix, handler, priorities, acceptsEviction },
    concurrency: Number(form.concurrency),
    maxAttempts: Number(form.maxAttempts),
    backoff:
      form.backoff === 'given'
        ? { kind: 'given', delaysMs: delaysOf(form.givenDelays) }
        : { kind: 'exponential', firstMs: milliseconds(form.firstDelay), longestMs: milliseconds(form.longestDelay) },
    ratePerSecond: form.rate.trim() === '' ? null : Number(form.rate),
  })
}

/** What becomes of a list of delays whose length is not that of the retries. */
export function givenWords({ givenDelays, maxAttempts }: PoolForm): string {
  const delays = delaysOf(givenDelays)?.length ?? 0
  const retries = Number(maxAttempts) - 1
  if (delays > retries && isWhole(maxAttempts, 1, 50)) {
    const used = retries === 0 ? 'none of them' : retries === 1 ? 'only the first' : `only the first ${retries}`
    return `seconds; ${maxAttempts === '1' ? '1 attempt uses' : `${maxAttempts} attempts use`} ${used}`
  }
  return 'seconds, one for each retry; further retries wait the last'
}

/** The folded part of the form in words: what holds unless somebody unfolds it. */
export function advancedWords(form: PoolForm): string {
  const words = [
    backoffWords(form),
    form.priorities === 'off' ? null : `${form.priorities} priorities`,
    form.rate.trim() === '' ? null : `at most ${form.rate.trim()} a second`,
  ]
  return words.filter((word) => word !== null).join(' · ')
}

function backoffWords(form: PoolForm): string {
  if (form.backoff === 'given') {
    const delays = delaysOf(form.givenDelays)
    return delays === null ? 'retries after given delays' : `retries after ${delays.map(words).join(', ')}`
  }
  const first = isDelay(form.firstDelay) ? words(milliseconds(form.firstDelay)) : '?'
  const longest = isDelay(form.longestDelay) ? words(milliseconds(form.longestDelay)) : '?'
  return `retries after ${first}, doubling up to ${longest}`
}

const words = (ms: number) => formatDuration(ms).replace('.0 s', ' s')
