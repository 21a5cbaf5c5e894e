import { formatCount, formatCounted } from '../../ui/format.ts'

/** An export as its dialog follows it. */
export interface Export {
  readonly phase: 'asking' | 'running' | 'done' | 'stopped' | 'failed'
  readonly progress: {
    readonly path: string
    readonly jobs: number
    readonly total: number
    readonly bytes: number
  } | null
  readonly problem: string | null
}

export const noExport: Export = { phase: 'asking', progress: null, problem: null }

/** How far it is, or what became of it; `count` is how many jobs were meant where the engine did not say yet. */
export function exportWords({ phase, progress }: Export, count: number): string {
  const jobs = progress?.jobs ?? 0
  const total = progress?.total ?? count
  switch (phase) {
    case 'done': {
      const gone = total - jobs
      const wrote = `${formatCounted(jobs, 'job')} ${jobs === 1 ? 'was' : 'were'} written.`
      return gone > 0 ? `${wrote} ${formatCount(gone)} ${gone === 1 ? 'was' : 'were'} no longer there.` : wrote
    }
    case 'stopped':
      return `Stopped after ${formatCount(jobs)} of ${formatCounted(total, 'job')}.`
    default:
      return progress === null ? 'Opening the file' : `Writing: ${formatCount(jobs)} of ${formatCounted(total, 'job')}`
  }
}
