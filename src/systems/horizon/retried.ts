/** One retry of a failed job, as Horizon notes it in `retried_by`. */
export interface Retry {
  readonly id: string
  readonly status: string
  /** Unix seconds; null where it does not say. */
  readonly at: number | null
}

/** The retries that the field tells of, oldest first; none for what is no such list. */
export function retriesOf(field: string | undefined): Retry[] {
  return listOf(field).flatMap((each) => {
    if (typeof each !== 'object' || each === null || !('id' in each)) return []
    const { id, status, retried_at: at } = each as { id: unknown; status?: unknown; retried_at?: unknown }
    return [{ id: String(id), status: String(status ?? 'pending'), at: typeof at === 'number' ? at : null }]
  })
}

/** The field with one more retry, as Horizon appends it. */
export function withRetry(field: string | undefined, id: string, seconds: number): string {
  return JSON.stringify([...listOf(field), { id, status: 'pending', retried_at: seconds }])
}

function listOf(field: string | undefined): unknown[] {
  try {
    const list: unknown = JSON.parse(field || '[]')
    return Array.isArray(list) ? list : []
  } catch {
    return [] // damaged
  }
}

/** "2 times, last: completed"; null for a job that was never retried. */
export function retriesText(retries: readonly Retry[]): string | null {
  const last = retries.at(-1)
  if (last === undefined) return null
  return `${retries.length} ${retries.length === 1 ? 'time' : 'times'}, last: ${last.status}`
}
