/* Reading what another server answered, for handlers that call one. */

const longestAnswer = 64 * 1024
const longestLine = 300

/** A Retry-After header, seconds or an HTTP date, as ms from `now`; null when there is none that makes sense. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Math.round(Number(header) * 1000)
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}

/** The other side's words on one line, without the secrets that it may echo. */
export function oneLine(text: string, secrets: readonly string[]): string {
  const line = secrets
    .reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '•••')), text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line
}

/** The first 64 KiB of an answer's body as text; the rest is not fetched. */
export async function beginningOf(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= longestAnswer) break // leaving the loop cancels the rest
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Why a fetch failed; Node hides that in the cause. */
export function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return cause instanceof Error ? cause.message : 'unknown reason'
}
