import { type HandlerId, type PoolConfig, poolConfigSchema } from '../../../domain/pool.ts'
import type { QueueRef } from '../../../domain/queue.ts'

/** The form of a pool, numbers as typed. */
export interface PoolForm {
  readonly connectionId: string
  readonly queueName: string
  readonly queuePrefix: string
  readonly handler: HandlerId
  readonly concurrency: string
  readonly maxAttempts: string
  /** Seconds. */
  readonly retryDelay: string
}

export const startingForm = {
  queueName: '',
  queuePrefix: 'queue:',
  handler: 'email',
  concurrency: '4',
  maxAttempts: '3',
  retryDelay: '1',
} as const satisfies Omit<PoolForm, 'connectionId'>

/** The handler that a queue's name speaks of: `sms` in it means SMS. */
export function guessHandler({ name }: QueueRef): HandlerId {
  return /sms|otp|text/i.test(name) ? 'sms' : 'email'
}

/** What is wrong with the form, by field. */
export function poolProblems(form: PoolForm): Partial<Record<keyof PoolForm, string>> {
  const problems: Partial<Record<keyof PoolForm, string>> = {}
  if (form.connectionId === '') problems.connectionId = 'Choose a connection.'
  if (form.queueName === '') problems.queueName = 'Choose or name a queue.'
  if (!isWhole(form.concurrency, 1, 64)) problems.concurrency = '1 to 64'
  if (!isWhole(form.maxAttempts, 1, 50)) problems.maxAttempts = '1 to 50'
  const seconds = Number(form.retryDelay)
  if (form.retryDelay.trim() === '' || !(seconds >= 0 && seconds <= 86_400)) problems.retryDelay = '0 to 86,400'
  return problems
}

function isWhole(text: string, low: number, high: number): boolean {
  const value = Number(text)
  return text.trim() !== '' && Number.isInteger(value) && value >= low && value <= high
}

/** What goes to the engine; only for a form without problems. */
export function toPoolConfig(form: PoolForm): PoolConfig {
  return poolConfigSchema.parse({
    connectionId: form.connectionId,
    queueName: form.queueName,
    queuePrefix: form.queuePrefix,
    handler: form.handler,
    concurrency: Number(form.concurrency),
    maxAttempts: Number(form.maxAttempts),
    retryDelayMs: Math.round(Number(form.retryDelay) * 1000),
  })
}
