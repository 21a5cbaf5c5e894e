import { ChevronRight } from 'lucide-react'
import { useId, useState } from 'react'
import type { Plan, PlanSample } from '../../../domain/operation.ts'
import { Badge } from '../../ui/badge.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatBytes, formatCount, formatCounted } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { QueueName } from '../queue-name.tsx'
import { PayloadDiff, PayloadText } from './payload-diff.tsx'

/** Rows of the sample that are seen at first, so that what is to be chosen below them is in sight. */
const fewRows = 3

/** Some of the jobs that a plan is about, each to be looked into. */
export function PlanSamples({ plan }: { plan: Plan }) {
  const changes = plan.sample.some(({ after }) => after !== null)
  const [open, setOpen] = useState<number | null>(changes ? 0 : null)
  const [all, setAll] = useState(false)
  const shown = all || plan.sample.length <= fewRows + 1 ? plan.sample : plan.sample.slice(0, fewRows)
  const several = plan.places.length > 1
  const problems = plan.sample.filter(({ problem }) => problem !== null).length
  if (plan.sample.length === 0) return null
  return (
    <section aria-label="Sample">
      <h3 className="mb-1 flex items-baseline gap-2 text-sm font-medium text-muted">
        {changes ? 'Before and after' : 'Sample'}
        <span className="font-normal text-faint">
          {plan.sample.length < plan.count
            ? `${plan.sample.length} of ${formatCount(plan.count)} jobs`
            : formatCounted(plan.sample.length, 'job')}
        </span>
        {problems > 0 && (
          <span className="text-bad">{formatCounted(problems, 'job')} of the sample would be refused</span>
        )}
      </h3>
      <ul className="overflow-hidden rounded-md border border-line">
        {shown.map((sample, index) => (
          <SampleRow
            key={`${sample.queue.name} ${sample.state} ${sample.job.ref}`}
            sample={sample}
            several={several}
            open={open === index}
            onToggle={() => setOpen((now) => (now === index ? null : index))}
          />
        ))}
        {shown.length < plan.sample.length && (
          <li>
            <button
              type="button"
              onClick={() => setAll(true)}
              className="flex h-7 w-full items-center px-2 pl-7 text-sm text-accent hover:bg-hover focus-visible:-outline-offset-2"
            >
              Show {plan.sample.length - shown.length} more
            </button>
          </li>
        )}
      </ul>
    </section>
  )
}

interface SampleRowProps {
  sample: PlanSample
  several: boolean
  open: boolean
  onToggle(): void
}

function SampleRow({ sample, several, open, onToggle }: SampleRowProps) {
  const { job, before, after, problem, notes } = sample
  const id = useId()
  return (
    <li className="border-b border-line/60 last:border-0">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={onToggle}
        className="flex h-7 w-full items-center gap-2 px-2 text-start hover:bg-hover focus-visible:-outline-offset-2"
      >
        <ChevronRight size={12} className={classNames('shrink-0 text-faint', open && 'rotate-90')} aria-hidden />
        <span className="w-36 shrink-0">
          {job.id === null ? (
            <span className="text-faint">no id</span>
          ) : (
            <RedisText text={job.id} mono truncate className="text-left" />
          )}
        </span>
        {several && (
          <span className="w-32 shrink-0">
            <QueueName queue={sample.queue} />
          </span>
        )}
        {job.name !== null && <RedisText text={job.name} truncate className="max-w-44 shrink-0" />}
        <RedisText text={job.error ?? job.preview} truncate className="min-w-0 flex-1 text-sm text-faint" />
        {problem !== null && <Badge tone="bad">refused</Badge>}
        {problem === null && notes.length > 0 && <Badge tone="warn">{formatCounted(notes.length, 'note')}</Badge>}
        <span className="w-16 shrink-0 text-end text-sm text-faint">{formatBytes(before.bytes)}</span>
      </button>
      {open && (
        <div id={id} className="flex flex-col gap-1.5 px-2 pt-0.5 pb-2">
          {problem !== null && (
            <Notice tone="bad">
              <RedisText text={problem} className="wrap-anywhere" />
            </Notice>
          )}
          {notes.map((note) => (
            <Notice key={note} tone="warn">
              <RedisText text={note} className="wrap-anywhere" />
            </Notice>
          ))}
          {after === null ? <PayloadText stored={before} /> : <PayloadDiff before={before} after={after} />}
        </div>
      )}
    </li>
  )
}
