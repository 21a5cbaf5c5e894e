import { z } from 'zod'
import { queueRefSchema } from './queue.ts'

/** Failed jobs that share one normalised error, over all queues that were read. */
export const failureGroupSchema = z.object({
  /** The error with numbers, ids, addresses and paths taken out: what makes the group. */
  signature: z.string(),
  /** One error of the group, as stored. */
  example: z.string(),
  count: z.number(),
  firstAt: z.number().nullable(),
  lastAt: z.number().nullable(),
  queues: z.array(z.object({ connectionId: z.string(), queue: queueRefSchema, state: z.string(), count: z.number() })),
  /** Failures by time, oldest first, in equal spans up to now: how it comes and goes. */
  trend: z.array(z.number()),
  /** A filter that finds exactly these jobs. */
  filter: z.string(),
  /** A few jobs to open; at most 50. */
  samples: z.array(
    z.object({
      connectionId: z.string(),
      queue: queueRefSchema,
      state: z.string(),
      ref: z.string(),
      id: z.string().nullable(),
      name: z.string().nullable(),
      at: z.number().nullable(),
    }),
  ),
})
export type FailureGroup = z.infer<typeof failureGroupSchema>

/** All failures of the open connections while they are read: groups largest first, at most 500. */
export const failureSurveySchema = z.object({
  status: z.enum(['running', 'done', 'cancelled']),
  groups: z.array(failureGroupSchema),
  /** Groups there are, shown or not. */
  groupCount: z.number(),
  scanned: z.number(),
  total: z.number(),
  bytesRead: z.number(),
  redisMs: z.number(),
  elapsedMs: z.number(),
  /** When the first and the last span of `trend` begin and end. */
  trendFrom: z.number(),
  trendTo: z.number(),
  problems: z.array(z.string()),
})
export type FailureSurvey = z.infer<typeof failureSurveySchema>

/** A value of a field that the failing jobs of a group have more often than the others. */
export const traitSchema = z.object({
  /** As a filter names it: `data.tenant`; `hour` and `name` where that is what they share. */
  path: z.string(),
  value: z.string(),
  /** A filter for it: `data.tenant = "acme"`. */
  filter: z.string(),
  /** How many of the failing jobs that were looked at have it, and how many of the others. */
  failing: z.number(),
  failingOf: z.number(),
  others: z.number(),
  othersOf: z.number(),
  /** How many times as likely a failing job is to have it. */
  lift: z.number(),
})
export type Trait = z.infer<typeof traitSchema>

/** What the failing jobs of a group share that others do not. */
export const traitsAnswerSchema = z.object({
  traits: z.array(traitSchema),
  /** What they were compared with, in words: "400 completed jobs of 2 queues"; null when there was nothing. */
  comparedWith: z.string().nullable(),
})

const longestLine = 500

/** What a line holds, seen in one pass, that tells which kinds of detail can be in it at all. */
interface Traces {
  readonly digits: number
  readonly dots: number
  readonly dashes: number
  readonly slashes: number
  readonly at: boolean
  readonly hexRun: number
}

const stripped: readonly [(traces: Traces) => boolean, RegExp, string][] = [
  [({ dashes }) => dashes >= 4, /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [({ at }) => at, /\b[\w.+-]+@[\w-]+\.[\w.-]+/g, '<email>'],
  [({ slashes }) => slashes >= 2, /\bhttps?:\/\/[^\s"')]+/gi, '<url>'],
  [({ digits, dots }) => digits >= 4 && dots >= 3, /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<address>'],
  [({ slashes }) => slashes >= 2, /(?:\/[\w.@-]+){2,}/g, '<path>'],
  [({ hexRun }) => hexRun >= 12, /\b[0-9a-f]{12,}\b/gi, '<id>'],
  [({ digits }) => digits > 0, /\+?\d[\d,._-]*/g, '<n>'],
]

/** The error's first line with numbers, ids, addresses and paths stripped, so that equal causes get equal text. */
export function errorSignature(error: string): string {
  const end = error.indexOf('\n')
  const line = error.slice(0, Math.min(end < 0 ? error.length : end, longestLine))
  const traces = tracesOf(line)
  let text = line
  for (const [may, pattern, word] of stripped) if (may(traces)) text = text.replace(pattern, word)
  return text.trim() || '(no message)'
}

function tracesOf(line: string): Traces {
  let [digits, dots, dashes, slashes, hexRun, run] = [0, 0, 0, 0, 0, 0]
  let at = false
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i)
    if (code >= 97 ? code <= 102 : code >= 65 && code <= 70) run++
    else if (code >= 48 && code <= 57) {
      digits++
      run++
    } else {
      if (run > hexRun) hexRun = run
      run = 0
      if (code === 46) dots++
      else if (code === 45) dashes++
      else if (code === 47) slashes++
      else if (code === 64) at = true
    }
  }
  return { digits, dots, dashes, slashes, at, hexRun: Math.max(hexRun, run) }
}

const mostRemembered = 2000

/**
 * `errorSignature` that remembers: most errors come again and again, and many differ in their digits alone, which it takes
 * all for the same and leaves none of. So two errors that are alike but for these have the same signature.
 */
export function rememberedSignatures(): (error: string) => string {
  const known = new Map<number, { readonly error: string; readonly signature: string }>()
  return (error) => {
    if (error.length > longestLine) return errorSignature(error)
    const shape = shapeOf(error)
    const remembered = known.get(shape)
    if (remembered !== undefined && isAlike(error, remembered.error)) return remembered.signature
    const signature = errorSignature(error)
    if (remembered === undefined && known.size < mostRemembered) known.set(shape, { error, signature })
    return signature
  }
}

const isDigit = (code: number) => code >= 48 && code <= 57

/** FNV-1a of a text whose digits count as the same. */
function shapeOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    hash = Math.imul(hash ^ (isDigit(code) ? 48 : code), 0x01000193)
  }
  return hash
}

function isAlike(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const [one, other] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (one !== other && !(isDigit(one) && isDigit(other))) return false
  }
  return true
}
