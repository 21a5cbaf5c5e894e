import pidusage from 'pidusage'

export interface Usage {
  /** Resident memory. */
  readonly memoryBytes: number
  /** Of one core, in per cent, since the last look at this process within a minute; 0 at the first. */
  readonly cpu: number
}

/**
 * What processes take now, by pid; those that have ended are left out. On Linux a few reads of /proc for each, on macOS
 * one `ps` for all, on Windows one PowerShell (some hundred ms of a core), so look there less often. Never rejects.
 */
export async function usageOf(pids: readonly number[]): Promise<Map<number, Usage>> {
  const found = new Map<number, Usage>()
  if (pids.length === 0) return found
  try {
    const all = await pidusage([...pids]) // a copy, since it writes into the list that it gets
    for (const [pid, usage] of Object.entries(all)) {
      if (usage) found.set(Number(pid), { memoryBytes: usage.memory, cpu: usage.cpu })
    }
  } catch {
    // It rejects when none of them is there any more.
  }
  return found
}
