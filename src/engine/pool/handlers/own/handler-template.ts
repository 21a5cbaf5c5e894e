/** What a new handler begins as: a short one that works, with what can be used explained in it. */
export function handlerTemplate(kind: 'js' | 'ts'): string {
  return kind === 'ts' ? typeScript : javaScript
}

const introduction = `\
// A handler: Sluice calls handle() for each job of a queue, in a process apart from Sluice.
//
// - What it returns is kept as the job's result, as JSON. What it throws makes the job fail; then it is tried again as
//   the pool says. An error with \`retryable = false\` is not; one with \`retryAfterMs = 5000\` waits that long.
// - A job may come twice, when a worker died before it could say that it was done. Make that harmless.
// - A job that takes too long, or whose process needs too much memory, is ended; its limits are set with the pool.
// - Saving this file is enough: the next jobs run with it. Packages are found in a node_modules beside it.
`

const body = `\
  ctx.log('got', job.type, job.id)

  const steps = 3
  for (let done = 0; done < steps; done++) {
    ctx.signal.throwIfAborted() // it took too long, or was stopped
    // Here goes the work. Pass ctx.signal on to what can be aborted: await fetch(url, { signal: ctx.signal })
    ctx.progress({ done: done + 1, total: steps })
  }

  return { ok: true }
}
`

const javaScript = `\
${introduction}
/**
 * @typedef {object} Job
 * @property {string | null} id
 * @property {string | null} type
 * @property {string | null} to  The recipient, where a job names one.
 * @property {any} data          The job's data, parsed. An integer of more than 15 digits may lose some: see raw.
 * @property {string} raw        The whole payload, exactly as it is stored.
 * @property {number} attempt    1 for the first try.
 *
 * @typedef {object} Context
 * @property {AbortSignal} signal  Aborts when the job has to end.
 * @property {number} attempt      1 for the first try.
 * @property {(...parts: unknown[]) => void} log  A line for the log of the pool.
 * @property {(progress: number | { done?: number, total?: number, failed?: number, message?: string }) => void} progress
 *   How far the job is: per cent, or counts.
 */

/**
 * @param {Job} job
 * @param {Context} ctx
 */
export async function handle(job, ctx) {
${body}`

const typeScript = `\
${introduction}
interface Job {
  id: string | null
  type: string | null
  /** The recipient, where a job names one. */
  to: string | null
  /** The job's data, parsed. An integer of more than 15 digits may lose some: see raw. */
  data: any
  /** The whole payload, exactly as it is stored. */
  raw: string
  /** 1 for the first try. */
  attempt: number
}

interface Context {
  /** Aborts when the job has to end. */
  signal: AbortSignal
  /** 1 for the first try. */
  attempt: number
  /** A line for the log of the pool. */
  log(...parts: unknown[]): void
  /** How far the job is: per cent, or counts. */
  progress(progress: number | { done?: number; total?: number; failed?: number; message?: string }): void
}

export async function handle(job: Job, ctx: Context) {
${body}`
