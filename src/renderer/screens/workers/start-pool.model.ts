import {
  type Backoff,
  type HandlerId,
  type LibrarySettings,
  librarySystems,
  listSystems,
  type PoolConfig,
  type PoolSystem,
  type Priorities,
  poolConfigSchema,
  poolDefaults,
  poolSystems,
  processHandlers,
} from '../../../domain/pool.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { handlerPathProblem } from '../../components/handler-file.model.ts'
import { fittingHandlers } from '../../components/handler-look.ts'
import {
  fromLimits,
  type LimitsForm,
  limitsProblems,
  startingLimits,
  toLimits,
} from '../../components/limits-form.model.ts'
import { fromScale, type ScaleForm, scaleProblems, startingScale, toScale } from '../../components/scale-form.model.ts'
import { isNumber, isWhole, toMs, toSeconds } from '../../components/whole-number.model.ts'
import { delaysOf, mostDelays } from './delays.model.ts'

/** The form of a pool, numbers as typed. */
export interface PoolForm {
  readonly connectionId: string
  readonly system: PoolSystem
  readonly queueName: string
  readonly queuePrefix: string
  readonly handler: HandlerId
  /** Of the handler `own`, its whole path. */
  readonly file: string
  readonly limits: LimitsForm
  readonly scale: ScaleForm
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
  /** Seconds. */
  readonly lockSeconds: string
  /** Seconds. */
  readonly stalledSeconds: string
  readonly maxStalled: string
  /** Jobs of the library's limiter; empty for no limit. */
  readonly limiterMax: string
  /** Seconds. */
  readonly limiterSeconds: string
}

const { lockMs, stalledMs, maxStalled } = poolDefaults.library

export const startingForm = {
  system: 'plain-list',
  queueName: '',
  queuePrefix: 'queue:',
  handler: 'email',
  file: '',
  limits: startingLimits,
  scale: startingScale,
  maxAttempts: '3',
  backoff: 'exponential',
  firstDelay: '1',
  longestDelay: '300',
  givenDelays: '30, 60, 120, 300, 600',
  priorities: 'off',
  rate: '',
  acceptsEviction: false,
  lockSeconds: toSeconds(lockMs),
  stalledSeconds: toSeconds(stalledMs),
  maxStalled: String(maxStalled),
  limiterMax: '',
  limiterSeconds: '1',
} as const satisfies Omit<PoolForm, 'connectionId'>

/** The form of a pool that is set up already. */
export function fromPoolConfig(config: PoolConfig): PoolForm {
  const { connectionId, system, queueName, queuePrefix, handler, priorities, acceptsEviction, backoff, library } =
    config
  return {
    ...startingForm,
    ...{ connectionId, system, queueName, queuePrefix, handler, priorities, acceptsEviction },
    file: config.file ?? '',
    limits: fromLimits(config.limits),
    scale: fromScale(config.scale),
    maxAttempts: String(config.maxAttempts),
    backoff: backoff.kind,
    ...(backoff.kind === 'given'
      ? { givenDelays: backoff.delaysMs.map(toSeconds).join(', ') }
      : { firstDelay: toSeconds(backoff.firstMs), longestDelay: toSeconds(backoff.longestMs) }),
    rate: config.ratePerSecond === null ? '' : String(config.ratePerSecond),
    lockSeconds: toSeconds(library.lockMs),
    stalledSeconds: toSeconds(library.stalledMs),
    maxStalled: String(library.maxStalled),
    ...(library.limiter !== null && {
      limiterMax: String(library.limiter.max),
      limiterSeconds: toSeconds(library.limiter.durationMs),
    }),
  }
}

/** What a system's queues are usually called by: the prefix to begin with. */
export const usualPrefixes: Record<PoolSystem, string> = {
  'plain-list': 'queue:',
  'http-jobs': '',
  bull: 'bull',
  bullmq: 'bull',
  'request-tracker': '',
}

/** A queue that pools can work on; null for those of other systems. */
export function poolQueue({
  system,
  prefix,
  name,
}: QueueRef): { system: PoolSystem; prefix: string; name: string } | null {
  const known = poolSystems.find((id) => id === system)
  return known === undefined ? null : { system: known, prefix, name }
}

/** Which parts of the form a pool has. */
export function partsOf({ system, handler }: Pick<PoolForm, 'system' | 'handler'>) {
  const list = listSystems.some((id) => id === system)
  return {
    /** Sluice decides about its attempts; with `list` also about priorities and rate. */
    retries: list || system === 'request-tracker',
    list,
    library: librarySystems.some((id) => id === system),
    limits: processHandlers.has(handler),
    file: handler === 'own',
  }
}

/** The fields that stay folded away until somebody wants them. */
export const advancedFields = [
  'firstDelay',
  'longestDelay',
  'givenDelays',
  'rate',
  'lockSeconds',
  'stalledSeconds',
  'maxStalled',
  'limiterMax',
  'limiterSeconds',
] as const

type Problems = Partial<Record<keyof PoolForm, string>>

/** What is wrong with the form, by field; of the scale and the limits only that something is. */
export function poolProblems(form: PoolForm): Problems {
  const parts = partsOf(form)
  const file = parts.file ? handlerPathProblem(form.file) : null
  return {
    ...(form.connectionId === '' && { connectionId: 'Choose a connection.' }),
    ...(form.queueName === '' && { queueName: 'Choose or name a queue.' }),
    ...(!fittingHandlers[form.system].includes(form.handler) && { handler: 'Choose what does the jobs.' }),
    ...(file !== null && { file }),
    ...(Object.keys(scaleProblems(form.scale)).length > 0 && { scale: 'See above.' }),
    ...(parts.limits && Object.keys(limitsProblems(form.limits)).length > 0 && { limits: 'See above.' }),
    ...(parts.retries && retryProblems(form)),
    ...(parts.list && rateProblems(form)),
    ...(parts.library && libraryProblems(form)),
  }
}

function retryProblems(form: PoolForm): Problems {
  const problems: Problems = {}
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
  return problems
}

const isDelay = (text: string) => isNumber(text, 0, 86_400)

function rateProblems({ rate }: PoolForm): Problems {
  const fits = rate.trim() === '' || (Number(rate) > 0 && Number(rate) <= 1_000_000)
  return fits ? {} : { rate: 'more than 0, or empty' }
}

function libraryProblems(form: PoolForm): Problems {
  const problems: Problems = {}
  if (!isNumber(form.lockSeconds, 1, 3_600)) problems.lockSeconds = '1 to 3,600'
  if (!isNumber(form.stalledSeconds, 1, 3_600)) problems.stalledSeconds = '1 to 3,600'
  if (!isWhole(form.maxStalled, 0, 100)) problems.maxStalled = '0 to 100'
  if (form.limiterMax.trim() !== '') {
    if (!isWhole(form.limiterMax, 1, 1_000_000)) problems.limiterMax = '1 to 1,000,000, or empty'
    if (!isNumber(form.limiterSeconds, 0.001, 86_400)) problems.limiterSeconds = '0.001 to 86,400'
  }
  return problems
}

/** What goes to the engine; only for a form without problems. Parts that the pool has not are as usual. */
export function toPoolConfig(form: PoolForm): PoolConfig {
  const { connectionId, system, queueName, queuePrefix, handler, priorities, acceptsEviction } = form
  const parts = partsOf(form)
  return poolConfigSchema.parse({
    ...poolDefaults,
    ...{ connectionId, system, queueName, queuePrefix, handler },
    scale: toScale(form.scale),
    ...(parts.file && { file: form.file.trim() }),
    ...(parts.limits && { limits: toLimits(form.limits) }),
    ...(parts.retries && { maxAttempts: Number(form.maxAttempts), backoff: backoffOf(form) }),
    ...(parts.list && { priorities, ratePerSecond: form.rate.trim() === '' ? null : Number(form.rate) }),
    ...(parts.library && { library: libraryOf(form) }),
    acceptsEviction,
  })
}

function backoffOf({ backoff, givenDelays, firstDelay, longestDelay }: PoolForm): Backoff {
  return backoff === 'given'
    ? { kind: 'given', delaysMs: delaysOf(givenDelays) ?? [] }
    : { kind: 'exponential', firstMs: toMs(firstDelay), longestMs: toMs(longestDelay) }
}

function libraryOf(form: PoolForm): LibrarySettings {
  const limited = form.limiterMax.trim() !== ''
  return {
    lockMs: toMs(form.lockSeconds),
    stalledMs: toMs(form.stalledSeconds),
    maxStalled: Number(form.maxStalled),
    limiter: limited ? { max: Number(form.limiterMax), durationMs: toMs(form.limiterSeconds) } : null,
  }
}
