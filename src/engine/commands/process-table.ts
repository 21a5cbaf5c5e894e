import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A process of this computer. */
export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  /** Of Unix; on Windows its own number. */
  readonly group: number
  /** When it started, in the system's own words: a number that is used again comes with another one. */
  readonly started: string
}

export type ProcessTable = ReadonlyMap<number, ProcessEntry>

/**
 * All processes that run now, by number; without zombies, which have ended. On Linux one small file of /proc each (some
 * ms in all, without holding up anything), on macOS one `ps`, on Windows one PowerShell (some hundred ms of a core).
 */
export async function listProcesses(): Promise<ProcessTable> {
  const entries =
    process.platform === 'linux'
      ? await fromProc()
      : process.platform === 'win32'
        ? await fromWindows()
        : await fromPs()
  return new Map(entries.map((entry) => [entry.pid, entry]))
}

/** A process and all that it started, and what those started, itself first; empty when it is not there. */
export function treeOf(table: ProcessTable, root: number): ProcessEntry[] {
  const top = table.get(root)
  if (top === undefined) return []
  const children = new Map<number, ProcessEntry[]>()
  for (const entry of table.values()) {
    const siblings = children.get(entry.parent)
    if (siblings) siblings.push(entry)
    else children.set(entry.parent, [entry])
  }
  const tree = [top]
  const seen = new Set([root])
  for (const { pid } of tree) {
    for (const child of children.get(pid) ?? []) {
      if (seen.has(child.pid)) continue // Windows keeps the number of a parent that is gone, and may give it anew
      seen.add(child.pid)
      tree.push(child)
    }
  }
  return tree
}

/** Whether that very process still runs, not another one under its number. */
export function stillRuns(table: ProcessTable, { pid, started }: Pick<ProcessEntry, 'pid' | 'started'>): boolean {
  return table.get(pid)?.started === started
}

async function fromProc(): Promise<ProcessEntry[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const texts = await Promise.all(numbers.map((name) => readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')))
  return texts.flatMap((text) => {
    // "pid (name) state ppid pgrp ... starttime", where the name may hold anything, also brackets and spaces.
    const [state, parent, group, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const started = rest[16]
    if (started === undefined || state === 'Z' || state === 'X') return []
    return { pid: Number.parseInt(text, 10), parent: Number(parent), group: Number(group), started }
  })
}

async function fromPs(): Promise<ProcessEntry[]> {
  const env = { ...process.env, LC_ALL: 'C' }
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,pgid=,stat=,lstart='], { env, maxBuffer })
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, group, state, started] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? []
    if (started === undefined || state?.startsWith('Z')) return []
    return { pid: Number(pid), parent: Number(parent), group: Number(group), started }
  })
}

const question =
  'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId) $($_.CreationDate.Ticks)" }'

async function fromWindows(): Promise<ProcessEntry[]> {
  const args = ['-NoProfile', '-NonInteractive', '-Command', question]
  const { stdout } = await promisify(execFile)('powershell.exe', args, { windowsHide: true, maxBuffer })
  return stdout.split(/\r?\n/).flatMap((line) => {
    const [, pid, parent, started] = /^(\d+) (\d+) (\d+)$/.exec(line) ?? []
    return started === undefined ? [] : { pid: Number(pid), parent: Number(parent), group: Number(pid), started }
  })
}

const maxBuffer = 16 * 1024 * 1024
