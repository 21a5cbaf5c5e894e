import { type Policy, spanWords } from '../../domain/policy.ts'
import { formatCount } from '../ui/format.ts'

/** A policy in one line: "priority 10 · timeout 180 s · 5 tries · back-off 30, 60 s · 256 MB · wait up to 1 min". */
export function policyWords(policy: Policy): string {
  const { priority, timeoutSeconds, tries, backoffSeconds, memoryMb, maxWaitSeconds, maxFailed } = policy
  const words = [
    priority === null ? null : `priority ${priority}`,
    timeoutSeconds === null ? null : `timeout ${formatCount(timeoutSeconds)} s`,
    tries === null ? null : tries === 1 ? '1 try' : `${formatCount(tries)} tries`,
    backoffSeconds.length === 0 ? null : `back-off ${backoffSeconds.join(', ')} s`,
    memoryMb === null ? null : `${formatCount(memoryMb)} MB`,
    maxWaitSeconds === null ? null : `wait up to ${spanWords(maxWaitSeconds * 1000)}`,
    maxFailed === null ? null : maxFailed === 0 ? 'no failures' : `up to ${formatCount(maxFailed)} failed`,
  ].filter((word) => word !== null)
  return words.length === 0 ? 'nothing is expected' : words.join(' · ')
}
