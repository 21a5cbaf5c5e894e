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
 * all for the same and leaves none of. So two errors that are alike but for these have the same signature. They are
 * compared as UTF-8 bytes, which takes a third of the time that the letters of a string take.
 */
export function rememberedSignatures(): (error: string) => string {
  const known = new Map<number, { readonly bytes: Uint8Array; readonly signature: string }>()
  const encoder = new TextEncoder()
  const bytes = new Uint8Array(longestLine * 3)
  return (error) => {
    // Halves of a letter are all the same in UTF-8.
    if (error.length > longestLine || !error.isWellFormed()) return errorSignature(error)
    const { written } = encoder.encodeInto(error, bytes)
    const shape = shapeOf(bytes, written)
    const remembered = known.get(shape)
    if (remembered !== undefined && isAlike(remembered.bytes, bytes, written)) return remembered.signature
    const signature = errorSignature(error)
    if (remembered === undefined && known.size < mostRemembered) {
      known.set(shape, { bytes: bytes.slice(0, written), signature })
    }
    return signature
  }
}

const isDigit = (byte: number) => byte >= 48 && byte <= 57

/** FNV-1a of the first bytes, of which digits count as the same. */
function shapeOf(bytes: Uint8Array, count: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < count; i++) {
    const byte = bytes[i] as number
    hash = Math.imul(hash ^ (isDigit(byte) ? 48 : byte), 0x01000193)
  }
  return hash
}

/** Whether all of one and the first bytes of the other differ in digits at most. */
function isAlike(all: Uint8Array, bytes: Uint8Array, count: number): boolean {
  if (all.length !== count) return false
  for (let i = 0; i < count; i++) {
    const one = all[i] as number
    const other = bytes[i] as number
    if (one !== other && !(isDigit(one) && isDigit(other))) return false
  }
  return true
}
