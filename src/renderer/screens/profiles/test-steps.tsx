import { Check, X } from 'lucide-react'
import { RedisText } from '../../ui/redis-text.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'

export interface TestResult {
  readonly ok: boolean
  readonly steps: readonly { name: string; ok: boolean; detail: string }[]
}

/** How far a trial connection got, step by step. */
export function TestSteps({ result, pending }: { result?: TestResult; pending?: boolean }) {
  return (
    <ol className="flex flex-col gap-0.5 rounded-md border border-line bg-sunken px-3 py-2">
      {pending && (
        <li className="flex h-5 items-center gap-2">
          <Skeleton className="h-3 w-40" /> <span className="sr-only">Trying to connect</span>
        </li>
      )}
      {result?.steps.map((step) => (
        <li key={step.name} className="flex items-start gap-2">
          {step.ok ? (
            <Check size={14} className="mt-[3px] shrink-0 text-good" role="img" aria-label="worked" />
          ) : (
            <X size={14} className="mt-[3px] shrink-0 text-bad" role="img" aria-label="failed" />
          )}
          <span className="w-36 shrink-0 font-medium">{step.name}</span>
          <RedisText text={step.detail} selectable className="min-w-0 text-muted wrap-anywhere" />
        </li>
      ))}
    </ol>
  )
}
