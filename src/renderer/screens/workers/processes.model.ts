import { mostOf } from '../../../domain/scale.ts'
import { limitsProblems, toLimits } from '../../components/limits-form.model.ts'
import { scaleProblems, toScale } from '../../components/scale-form.model.ts'
import { formatBytes, formatCount } from '../../ui/format.ts'
import type { PoolForm } from './start-pool.model.ts'

/** So many processes start and run on any computer without being felt. */
const fewProcesses = 16

/** How many processes a pool may have, and what they may need together; null for a few, and while a number is wrong. */
export function processesSentence({ scale, limits }: Pick<PoolForm, 'scale' | 'limits'>): string | null {
  if (Object.keys(scaleProblems(scale)).length + Object.keys(limitsProblems(limits)).length > 0) return null
  const { jobsPerProcess, memoryMb } = toLimits(limits)
  const processes = Math.ceil(mostOf(toScale(scale)) / jobsPerProcess)
  if (processes <= fewProcesses) return null
  return `That is up to ${formatCount(processes)} processes, which may take ${formatBytes(processes * memoryMb * 1024 * 1024)} of memory together. Where jobs mostly wait, let several share a process.`
}
