import { Ban, RotateCcw, Snowflake, Undo2 } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Plan } from '../../../domain/operation.ts'
import { undoMeaning } from '../../../domain/undo-meaning.ts'
import { formatBytes, formatClock, formatCount, formatDuration } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { QueueName } from '../queue-name.tsx'
import type { SentencePart } from './plan-words.model.ts'
import { useStateLabel } from './use-state-label.ts'

/** A sentence with names in it that somebody else chose. */
export function Sentence({ parts }: { parts: readonly SentencePart[] }) {
  return parts.map((part, index) =>
    typeof part === 'string' ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a sentence have no identity but their place
      <RedisText key={index} text={part.name} className="font-medium text-ink wrap-anywhere" />
    ),
  )
}

interface PlanFactsProps {
  plan: Plan
  /** How long it takes at the pace that was chosen, ms. */
  estimateMs: number | null
  /** What is removed goes into a trash. */
  keeps: boolean
}

/** How many, how much, how long, and what can be taken back. */
export function PlanFacts({ plan, estimateMs, keeps }: PlanFactsProps) {
  const { action } = plan.question
  const undo = keeps ? plan.undo : 'Nothing is kept of the jobs.'
  return (
    <section aria-label="What it means" className="flex flex-col gap-2">
      <dl className="grid grid-cols-3 divide-x divide-line rounded-md border border-line">
        <Fact label={plan.count === 1 ? 'Job' : 'Jobs'}>{formatCount(plan.count)}</Fact>
        <Fact label={plan.bytes.estimated ? 'Payloads, about' : 'Payloads'}>{formatBytes(plan.bytes.value)}</Fact>
        <Fact label="Takes about">
          {estimateMs === null ? 'not known' : estimateMs < 1000 ? 'under 1 s' : formatDuration(estimateMs)}
        </Fact>
      </dl>
      <ul className="flex flex-col gap-1">
        <Meaning icon={<Snowflake size={14} className="text-accent" aria-hidden />}>
          Nothing that arrives after {formatClock(plan.at)} is touched.
        </Meaning>
        {action === 'edit' && (
          <Meaning icon={<RotateCcw size={14} className="text-accent" aria-hidden />}>
            Jobs that failed or ended go back to work with the new payload; those that wait keep their place.
          </Meaning>
        )}
        {undo === true ? (
          <Meaning icon={<Undo2 size={14} className="text-good" aria-hidden />}>
            {undoMeaning(action) ?? 'It can be undone.'}
          </Meaning>
        ) : (
          <Meaning icon={<Ban size={14} className="text-warn" aria-hidden />}>
            <strong className="font-medium">No Undo.</strong> {undo}
          </Meaning>
        )}
      </ul>
      {plan.warnings.map((warning) => (
        <Notice key={warning} tone="warn">
          <RedisText text={warning} className="wrap-anywhere" />
        </Notice>
      ))}
    </section>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="px-3 py-1.5">
      <dt className="text-xs text-faint">{label}</dt>
      <dd className="text-lg font-semibold">{children}</dd>
    </div>
  )
}

function Meaning({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <li className="flex items-start gap-2">
      <span className="flex h-5 shrink-0 items-center">{icon}</span>
      <span className="min-w-0 flex-1 text-muted">{children}</span>
    </li>
  )
}

/** Where the jobs are; nothing where the sentence has said it all. */
export function PlanPlaces({ plan }: { plan: Plan }) {
  const stateLabel = useStateLabel()
  const { places } = plan
  if (places.length < 2 && places.every(({ able }) => able === true)) return null
  const unable = places.filter(({ able }) => able !== true)
  return (
    <section aria-label="Places">
      <h3 className="mb-1 flex items-baseline gap-2 text-sm font-medium text-muted">
        Where
        {unable.length > 0 && <span className="text-warn">{unable.length} cannot, and are left as they are</span>}
      </h3>
      <ul className="max-h-44 overflow-y-auto rounded-md border border-line">
        {[...unable, ...places.filter(({ able }) => able === true)].map(({ queue, state, count, able }) => (
          <li
            key={`${queue.system} ${queue.prefix} ${queue.name} ${state}`}
            className="border-b border-line/60 px-2 py-1 last:border-0"
          >
            <div className="flex items-center gap-2">
              <span className="min-w-0 flex-1">
                <QueueName queue={queue} />
              </span>
              <span className="shrink-0 text-sm text-faint">{stateLabel(queue, state)}</span>
              <span
                className={able === true ? 'w-24 shrink-0 text-end' : 'w-24 shrink-0 text-end text-faint line-through'}
              >
                {formatCount(count)}
              </span>
            </div>
            {able !== true && <RedisText text={able} className="block text-left text-sm text-warn wrap-anywhere" />}
          </li>
        ))}
      </ul>
    </section>
  )
}
