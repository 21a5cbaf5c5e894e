import { TriangleAlert } from 'lucide-react'
import type { Breach, Policy } from '../../../domain/policy.ts'
import { policyWords } from '../../components/policy-words.model.ts'

interface PolicyLineProps {
  policy: Policy
  breaches: readonly Breach[]
  onEdit(): void
}

/** What is expected of a queue, and how it is outside of it, in one line below what is measured. */
export function PolicyLine({ policy, breaches, onEdit }: PolicyLineProps) {
  const words = policyWords(policy)
  const sentences = breaches.map(({ sentence }) => sentence).join(' ')
  return (
    <div className="mt-0.5 flex h-5 items-center gap-4 text-sm">
      <button
        type="button"
        onClick={onEdit}
        title={`Policy: ${words}`}
        className="flex min-w-0 items-baseline gap-1.5 rounded-sm text-muted hover:text-ink"
      >
        <span className="text-xs text-faint">Policy</span>
        <span className="min-w-0 truncate">{words}</span>
      </button>
      <p
        title={sentences}
        className="ml-auto flex max-w-[65%] shrink-0 items-center gap-1.5 font-medium text-warn @max-[760px]:max-w-[75%]"
      >
        {breaches.length > 0 && (
          <>
            <TriangleAlert size={13} className="shrink-0" aria-hidden />
            <span className="min-w-0 truncate">{sentences}</span>
          </>
        )}
      </p>
    </div>
  )
}
