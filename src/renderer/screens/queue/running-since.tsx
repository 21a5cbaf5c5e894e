import { TriangleAlert } from 'lucide-react'
import { spanWords } from '../../../domain/policy.ts'
import { RelativeTime } from '../../ui/time.tsx'
import { useNow } from '../../ui/use-now.ts'

interface RunningSinceProps {
  /** Epoch ms. */
  at: number
  timeoutSeconds: number
}

/** When a running job was started; marked once it has run longer than the policy of its queue allows. */
export function RunningSince({ at, timeoutSeconds }: RunningSinceProps) {
  const over = useNow() - at > timeoutSeconds * 1000
  if (!over) return <RelativeTime at={at} />
  const sentence = `Runs longer than ${spanWords(timeoutSeconds * 1000)}, the timeout of the queue's policy`
  return (
    <span className="inline-flex items-center gap-1 font-medium text-warn">
      <span title={sentence}>
        <TriangleAlert size={12} aria-label={sentence} />
      </span>
      <RelativeTime at={at} />
    </span>
  )
}
