import { type Handler, HandlerError, type Job } from './handler.ts'

/**
 * Runs one try of a job; null when it went well, else what was thrown. It ends at the latest when the time is over or
 * the controller aborts, even when the handler does not care; what such a handler does later counts for nothing.
 */
export async function runHandler(
  handler: Handler,
  job: Job,
  controller: AbortController,
  timeoutMs: number,
  log: (line: string) => void,
): Promise<{ error: unknown } | null> {
  const { signal } = controller
  const tooLong = new HandlerError(`The job took longer than ${timeoutMs / 1000} s.`, { retryable: true })
  const timer = setTimeout(() => controller.abort(tooLong), timeoutMs)
  try {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    await Promise.race([handler(job, { signal, attempt: job.attempts + 1, log }), aborted])
    return null
  } catch (error) {
    return { error }
  } finally {
    clearTimeout(timer)
  }
}
