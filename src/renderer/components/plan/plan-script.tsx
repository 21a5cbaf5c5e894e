import { ChevronRight, Copy } from 'lucide-react'
import { errorSentence } from '../../api/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { copyText } from '../../ui/copy-text.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { toast } from '../../ui/toast.tsx'

/** The commands that do the same, for whoever wants to see or run them. */
export function PlanScript({ script }: { script: string }) {
  if (script === '') return null
  const copy = () =>
    void copyText(script).then(
      () => toast.good('Copied the commands.'),
      (error: unknown) => toast.error(errorSentence(error)),
    )
  return (
    <details className="group">
      <summary className="flex h-7 list-none items-center gap-1 text-sm font-medium text-muted hover:text-ink">
        <ChevronRight size={12} className="group-open:rotate-90" aria-hidden /> The Redis commands
      </summary>
      <div className="relative">
        <pre
          className="max-h-64 overflow-auto rounded-md border border-line bg-sunken p-2 font-mono text-sm leading-5"
          dir="ltr"
        >
          <RedisText text={script} lines selectable className="whitespace-pre!" />
        </pre>
        <Button
          size="small"
          className="absolute top-1.5 right-1.5"
          icon={<Copy size={12} aria-hidden />}
          onClick={copy}
        >
          Copy
        </Button>
      </div>
    </details>
  )
}
