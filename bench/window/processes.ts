import { readdirSync, readFileSync } from 'node:fs'

/** A process and all that it started, by their ids. Linux only. */
export function withDescendants(pid: number): number[] {
  const childrenOf = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : null
    if (parent !== null) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)])
  }
  const all = [pid]
  for (let i = 0; i < all.length; i++) all.push(...(childrenOf.get(all[i] ?? 0) ?? []))
  return all
}

/** The fields of /proc/PID/stat behind the name, which may hold anything; null when the process is gone. */
function statOf(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

const parentOf = (pid: number) => Number(statOf(pid)?.[1] ?? 0) || null

/** Processor time that processes used so far, in ms: Linux counts it in hundredths of a second. */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = statOf(pid)
    return sum + (Number(stat?.[11] ?? 0) + Number(stat?.[12] ?? 0)) * 10
  }, 0)
}

/** Memory of processes in MB, with pages that several share counted once. */
export function memoryMb(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    try {
      return sum + Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024
    } catch {
      return sum // gone, or another's
    }
  }, 0)
}
