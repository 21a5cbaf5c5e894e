import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { listProcesses, type ProcessEntry, stillRuns, treeOf } from './process-table.ts'

/** How often it looks again for what was started while it looked. */
const rounds = 5

/**
 * Ends a process and all that it started, at once. `known` are those that were seen below it earlier: one whose parent
 * has ended belongs to nobody any more, and is found by this alone. On Unix all are stopped first, so that none starts
 * another while they are looked for; those that went into a group of their own (as the processes do that RQ runs jobs
 * in) are found by their parents. On Windows this is `taskkill /T /F`, which needs `rootRuns`: there the number of a
 * process that has ended may be another one's. Resolves when all have been told; never rejects.
 */
export async function endTree(root: number, known: readonly ProcessEntry[] = [], rootRuns = true): Promise<void> {
  if (root < 2) return
  if (process.platform === 'win32') return endOnWindows(rootRuns ? [root] : [], known)
  const found = new Map<number, ProcessEntry>()
  signal(-root, 'SIGSTOP')
  for (let round = 0; round < rounds; round++) {
    const table = await listProcesses().catch(() => null)
    if (table === null) break
    const before = found.size
    const roots = [
      root,
      ...[...known, ...found.values()].filter((entry) => stillRuns(table, entry)).map(({ pid }) => pid),
    ]
    const members = roots.flatMap((pid) => treeOf(table, pid))
    for (const entry of table.values()) if (entry.group === root) members.push(entry)
    for (const entry of members) {
      if (found.has(entry.pid)) continue
      found.set(entry.pid, entry)
      signal(entry.pid, 'SIGSTOP')
    }
    if (found.size === before) break
  }
  for (const { pid } of found.values()) signal(pid, 'SIGKILL')
  signal(-root, 'SIGKILL')
}

async function endOnWindows(sure: readonly number[], known: readonly ProcessEntry[]): Promise<void> {
  const table = known.length > 0 ? await listProcesses().catch(() => null) : null
  const left = table === null ? [] : known.filter((entry) => stillRuns(table, entry)).map(({ pid }) => pid)
  for (const pid of new Set([...sure, ...left])) {
    await promisify(execFile)('taskkill', ['/PID', String(pid), '/T', '/F'], { windowsHide: true }).catch(() => {})
  }
}

/** Signals a process, or a group by its negative number; one that is gone needs none. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended, or has become another user's.
  }
}
