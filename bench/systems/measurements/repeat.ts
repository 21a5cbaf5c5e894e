import { median } from '../../report.ts'

/** How long `work` takes, ms: the median of so many times. */
export async function medianMs(times: number, work: () => Promise<unknown>): Promise<number> {
  const all: number[] = []
  for (let i = 0; i < times; i++) {
    const start = performance.now()
    await work()
    all.push(performance.now() - start)
  }
  return median(all)
}
