import { usageOf } from '../processes/usage-of.ts'
import { listProcesses, type ProcessEntry, treeOf } from './process-table.ts'

/** What a process takes together with all that it started. */
export interface TreeUsage {
  /** Of one core, in per cent, since the last look. */
  readonly cpu: number
  /** Resident memory; pages that several processes share count for each of them. */
  readonly memoryBytes: number
  readonly tree: readonly ProcessEntry[]
}

/** What processes take now, with all below them; those that have ended are left out. One look at the process table. */
export async function treeUsageOf(roots: readonly number[]): Promise<Map<number, TreeUsage>> {
  const table = await listProcesses()
  const trees = new Map(roots.map((root) => [root, treeOf(table, root)]))
  const usages = await usageOf([...trees.values()].flatMap((tree) => tree.map(({ pid }) => pid)))
  const found = new Map<number, TreeUsage>()
  for (const [root, tree] of trees) {
    if (!usages.has(root)) continue
    const parts = tree.flatMap(({ pid }) => usages.get(pid) ?? [])
    found.set(root, {
      cpu: parts.reduce((sum, { cpu }) => sum + cpu, 0),
      memoryBytes: parts.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
      tree,
    })
  }
  return found
}
