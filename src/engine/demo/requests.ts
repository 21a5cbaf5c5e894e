import { readFields } from '../../domain/json-text.ts'
import type { Command, Writer } from '../../systems/handles.ts'
import { type Actor, sendAll } from './actor.ts'
import { iso } from './people.ts'
import type { Random } from './random.ts'

const ttlSeconds = 1800
const liveAtOnce = 14
const listedAtMost = 200

interface Request {
  hash: string
  service_slug: string
  status: string
  step: string
  progress: number
  current_message: string
  estimated_duration: number
  requires_otp: boolean
  request_data: Record<string, string>
  otp_data: Record<string, string> | null
  result_data: Record<string, unknown> | null
  error_message?: string
  user_id: number
  started_at: string
  updated_at: string
  expires_at: string
}

interface Service {
  readonly slug: string
  /** How long it usually takes. */
  readonly seconds: number
  /** What the user types in. */
  readonly field: 'national_code' | 'sayad_id' | 'plate'
  readonly otp: boolean
}

const services: readonly [Service, ...Service[]] = [
  { slug: 'credit-score-rating', seconds: 150, field: 'national_code', otp: true },
  { slug: 'cheque-inquiry', seconds: 60, field: 'sayad_id', otp: false },
  { slug: 'traffic-fines', seconds: 45, field: 'plate', otp: false },
  { slug: 'liveness-inquiry', seconds: 90, field: 'national_code', otp: true },
  { slug: 'military-service-status', seconds: 240, field: 'national_code', otp: false },
]

/** What a request goes through, by the progress at which each step begins. */
const steps = [
  { from: 0, step: 'initializing', text: 'در حال آماده‌سازی درخواست...' },
  { from: 15, step: 'authentication', text: 'ارسال درخواست به درگاه دولت هوشمند...' },
  { from: 35, step: 'captcha_solving', text: 'حل کپچا...' },
  { from: 55, step: 'otp_verification', text: 'تأیید هویت' },
  { from: 65, step: 'fetching', text: 'دریافت اطلاعات از سامانه...' },
  { from: 88, step: 'parsing', text: 'پردازش نتیجه و ساخت گزارش...' },
] as const

const waitForOtp = 'کد تأیید به شماره شما ارسال شد. لطفاً کد را وارد کنید.'
const failures = [
  'سامانه دولت هوشمند پاسخگو نیست (180 ثانیه بدون پاسخ)',
  'کپچا پس از 5 تلاش حل نشد',
  'کد تأیید نادرست است یا منقضی شده است',
  'شماره ملی با شماره همراه مطابقت ندارد',
] as const

function begin(random: Random, now: number, age = 0): Request {
  const { slug, seconds, field } = random.pick(services)
  const value =
    field === 'plate'
      ? `${random.int(11, 99)}ب${random.int(111, 999)}-${random.int(11, 99)}`
      : String(random.int(1e9, 9e9))
  return advance(
    {
      hash: `req_${random.word(24)}`,
      service_slug: slug,
      status: 'pending',
      step: 'initializing',
      progress: 0,
      current_message: '',
      estimated_duration: seconds,
      requires_otp: false,
      request_data: { [field]: value, mobile: `0912${random.int(1_000_000, 9_999_999)}` },
      otp_data: null,
      result_data: null,
      user_id: random.int(100, 99_999),
      started_at: iso(now - age),
      updated_at: iso(now - age),
      expires_at: iso(now - age + ttlSeconds * 1000),
    },
    0,
    now - age,
  )
}

/** The request with that progress and the step that belongs to it, written at `now`. */
function advance(request: Request, progress: number, now: number): Request {
  const at = steps.findLast(({ from }) => progress >= from) ?? steps[0]
  return {
    ...request,
    status: progress > 0 ? 'processing' : 'pending',
    step: at.step,
    progress: Math.min(99, Math.round(progress)),
    current_message: at.text,
    requires_otp: false,
    updated_at: iso(now),
    expires_at: iso(now + ttlSeconds * 1000),
  }
}

function askForOtp(request: Request, now: number): Request {
  return {
    ...advance(request, 55, now),
    status: 'otp_required',
    requires_otp: true,
    current_message: waitForOtp,
    otp_data: { mobile: request.request_data.mobile ?? '', sent_at: iso(now) },
  }
}

function finish(random: Random, request: Request, now: number): Request {
  const last = advance(request, 99, now)
  if (random.chance(0.18)) {
    const error = random.pick(failures)
    return {
      ...last,
      status: 'failed',
      step: 'failed',
      progress: request.progress,
      current_message: error,
      error_message: error,
    }
  }
  const result = {
    status: 'success',
    tracking_code: random.word(10),
    score: random.int(300, 900),
    report: 'گزارش آماده است',
  }
  return {
    ...last,
    status: 'completed',
    step: 'completed',
    progress: 100,
    current_message: 'گزارش شما آماده است.',
    result_data: result,
  }
}

const keyOf = (hash: string) => `local_request:${hash}`
const needsOtp = (request: Request) => services.some(({ slug, otp }) => otp && slug === request.service_slug)

function write(request: Request, lifeSeconds = ttlSeconds): Command[] {
  const json = JSON.stringify(request)
  return [
    ['SETEX', keyOf(request.hash), lifeSeconds, json],
    ['PUBLISH', `local_request_updates:${request.hash}`, json],
  ]
}

/** Requests of the first seed at every stage, some of which ended within the last half hour. */
export function fillRequests(random: Random, now: number): Command[] {
  const commands: Command[] = []
  const add = (request: Request, age: number) => {
    commands.push(...write(request, Math.max(60, ttlSeconds - Math.round(age / 1000))))
    commands.push(['LPUSH', 'local_requests_list', request.hash])
  }
  commands.push(['LPUSH', 'local_requests_list', `req_${random.word(24)}`, `req_${random.word(24)}`]) // long expired
  for (let i = 12; i > 0; i--) {
    const age = i * 130_000
    add(finish(random, advance(begin(random, now, age + 90_000), 95, now - age), now - age), age)
  }
  for (let i = 0; i < 9; i++) {
    const progress = random.int(0, 96)
    const request = begin(random, now, progress * 1_200)
    add(i % 4 === 1 ? askForOtp(request, now - 8_000) : advance(request, progress, now - 500), 500)
  }
  return commands
}

/** Users who begin requests, and the bot that works on them and publishes every step. */
export function requestsActor(): Actor {
  let live: Map<string, { request: Request; pauseUntil: number; asked: boolean }> | null = null
  return {
    everyMs: 250,
    async turn(writer, random, now) {
      live ??= await unfinished(writer)
      const commands: Command[] = []
      if (live.size < liveAtOnce && random.chance(0.05)) {
        const request = begin(random, now)
        live.set(request.hash, { request, pauseUntil: now + 1_500, asked: false })
        commands.push(
          ...write(request),
          ['LPUSH', 'local_requests_list', request.hash],
          ['LTRIM', 'local_requests_list', 0, listedAtMost - 1],
        )
      }
      const ready = [...live.values()].filter(({ pauseUntil }) => pauseUntil <= now && random.chance(0.5)).slice(0, 3)
      const stored = await sendAll(
        writer,
        ready.map(({ request }) => ['GET', keyOf(request.hash)]),
      )
      for (const [i, entry] of ready.entries()) {
        const { request } = entry
        // A person may have cancelled it, or removed it.
        if (!stillRuns(stored[i])) {
          live.delete(request.hash)
          continue
        }
        const next = request.progress + (100 / request.estimated_duration) * (0.6 + random.next())
        if (next >= 99) {
          commands.push(...write(finish(random, request, now)))
          live.delete(request.hash)
        } else if (next >= 55 && !entry.asked && needsOtp(request)) {
          entry.asked = true
          entry.request = askForOtp(request, now)
          entry.pauseUntil = now + random.int(8_000, 25_000)
          commands.push(...write(entry.request))
        } else {
          entry.request = { ...advance(request, next, now), progress: next }
          commands.push(...write({ ...entry.request, progress: Math.round(next) }))
        }
      }
      await sendAll(writer, commands)
    },
  }
}

function stillRuns(stored: unknown): boolean {
  if (!(stored instanceof Buffer)) return false
  const { status } = readFields(stored.toString('utf8'), ['status'])
  return status === 'pending' || status === 'processing' || status === 'otp_required'
}

/** Requests that were under way when the demo ended: the bot takes them up again. */
async function unfinished(
  writer: Writer,
): Promise<Map<string, { request: Request; pauseUntil: number; asked: boolean }>> {
  const [hashes] = await sendAll(writer, [['LRANGE', 'local_requests_list', 0, listedAtMost - 1]])
  const keys = Array.isArray(hashes) ? hashes.map((hash) => keyOf(String(hash))) : []
  const [values] = keys.length === 0 ? [] : await sendAll(writer, [['MGET', ...keys]])
  const found = (Array.isArray(values) ? values : []).flatMap((value) => {
    if (!(value instanceof Buffer) || !stillRuns(value)) return []
    const request = JSON.parse(value.toString('utf8')) as Request // written by this file alone
    return [[request.hash, { request, pauseUntil: 0, asked: request.progress >= 55 }] as const]
  })
  return new Map(found.slice(0, liveAtOnce))
}
