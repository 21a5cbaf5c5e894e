/** A job as the second seed's producers write it; every engine gets the same. */
export interface BenchJob {
  readonly id: string
  readonly type: string
  readonly to: string
  readonly data: Readonly<Record<string, string>>
  readonly attempts: number
}

/** The n-th job. As JSON it has 180 bytes, whatever `n` is (below nine million). */
export function jobOf(n: number): BenchJob {
  const number = 1_000_000 + n
  return {
    id: `job-${number}`,
    type: 'order_confirmation',
    to: `person-${number}@example.com`,
    data: { user_name: `Person ${number}`, order_number: `ORD-${number}`, total: '1499.00' },
    attempts: 0,
  }
}

export function jobsOf(count: number): BenchJob[] {
  return Array.from({ length: count }, (_, n) => jobOf(n))
}
