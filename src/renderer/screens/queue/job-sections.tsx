import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { JobDetail } from '../../../domain/job.ts'
import type { Kind } from '../../../domain/queue.ts'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCount, formatDateTime, formatDuration } from '../../ui/format.ts'
import { Meter } from '../../ui/meter.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { timeHeading } from './job-pages.model.ts'
import { TextRows } from './text-rows.tsx'

/** Log lines shown before all are asked for. */
const someLogs = 200

interface JobSectionsProps {
  job: JobDetail
  kind: Kind
  /** The payload. */
  children: ReactNode
}

/** What is known of a job, in the order in which somebody who looks for a cause wants it. */
export function JobSections({ job, kind, children }: JobSectionsProps) {
  const { failures, timeline, fields, logs, result, error } = job
  return (
    <>
      <Facts job={job} kind={kind} />
      {(error !== null || failures.length > 0) && (
        <Section title={failures.length > 1 ? `Error, ${formatCount(failures.length)} attempts` : 'Error'}>
          {failures.length === 0 && error !== null && <ErrorText text={error} />}
          <ol className="flex flex-col gap-1">
            {failures.toReversed().map((failure, place) => (
              <Attempt key={failure.attempt} failure={failure} open={place === 0} />
            ))}
          </ol>
        </Section>
      )}
      {children}
      {result !== null && (
        <Section title="Result">
          <div className="overflow-hidden rounded-md border border-line">
            <TextRows stored={result} layout="pretty" label="Result" />
          </div>
        </Section>
      )}
      {timeline.length > 0 && (
        <Section title="Timeline">
          <Timeline events={timeline} />
        </Section>
      )}
      {fields.length > 0 && (
        <Section title="Stored with it">
          <dl className="grid grid-cols-[minmax(80px,max-content)_1fr] gap-x-4 gap-y-1">
            {fields.map(({ label, value, mono }) => (
              <div key={label} className="contents">
                <dt className="max-w-40 truncate text-muted">
                  <RedisText text={label} />
                </dt>
                <dd className="max-h-40 min-w-0 overflow-y-auto">
                  <RedisText text={value} mono={mono} lines selectable className="wrap-anywhere" />
                </dd>
              </div>
            ))}
          </dl>
        </Section>
      )}
      {logs.length > 0 && <Logs logs={logs} />}
    </>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="px-3 pt-3">
      <h3 className="mb-1.5 text-sm font-medium text-muted">{title}</h3>
      {children}
    </section>
  )
}

function Facts({ job, kind }: { job: JobDetail; kind: Kind }) {
  const { at, createdAt, attempts, maxAttempts, progress } = job
  const facts: { label: string; value: ReactNode; title?: string }[] = []
  if (createdAt !== null && createdAt !== at) facts.push({ label: 'Added', value: <RelativeTime at={createdAt} /> })
  if (at !== null)
    facts.push({ label: timeHeading(kind).label, value: <RelativeTime at={at} />, title: timeHeading(kind).title })
  if (attempts !== null) {
    facts.push({ label: 'Attempts', value: maxAttempts === null ? attempts : `${attempts} of ${maxAttempts}` })
  }
  if (progress !== null) {
    facts.push({
      label: 'Progress',
      value: (
        <span className="inline-flex items-center gap-2">
          <Meter share={progress / 100} label="Progress" valueText={`${Math.round(progress)}%`} />
          {Math.round(progress)}%
        </span>
      ),
    })
  }
  if (facts.length === 0) return null
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1 px-3 pt-3">
      {facts.map(({ label, value, title }) => (
        <div key={label} className="flex items-baseline gap-1.5" title={title}>
          <dt className="text-xs text-faint">{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function ErrorText({ text }: { text: string }) {
  return (
    <div className="max-h-60 overflow-auto rounded-md border border-bad/25 bg-bad/6 px-2 py-1.5">
      <RedisText text={text} mono lines selectable className="wrap-anywhere" />
    </div>
  )
}

/** One attempt; the last one is open, so that its stack is there to be read at once. */
function Attempt({ failure, open }: { failure: JobDetail['failures'][number]; open: boolean }) {
  const { attempt, message, stack } = failure
  const number = <span className="w-18 shrink-0 text-sm leading-5 text-muted">Attempt {attempt}</span>
  if (stack === null) {
    return (
      <li className="flex items-start gap-1.5 rounded-md border border-line px-2 py-1">
        {number}
        <RedisText
          text={message}
          className={classNames('min-w-0 wrap-anywhere text-bad', !open && 'line-clamp-2')}
          selectable
        />
      </li>
    )
  }
  return (
    <li>
      <details open={open} className="group overflow-hidden rounded-md border border-line">
        <summary className="flex min-h-7 list-none items-start gap-1.5 px-2 py-1 hover:bg-hover">
          {number}
          <RedisText
            text={message}
            className="line-clamp-1 min-w-0 flex-1 wrap-anywhere text-bad group-open:line-clamp-none"
            selectable
          />
          <ChevronRight size={14} className="mt-[3px] shrink-0 text-faint group-open:rotate-90" aria-hidden />
        </summary>
        <div className="max-h-60 overflow-auto border-t border-line bg-sunken px-2 py-1.5">
          <RedisText text={stack} mono lines selectable className="wrap-anywhere" />
        </div>
      </details>
    </li>
  )
}

function Timeline({ events }: { events: JobDetail['timeline'] }) {
  return (
    <ol>
      {events.map(({ at, label }, place) => {
        const before = events[place - 1]
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: two events may be equal; their order is their identity
          <li key={place} className="relative flex h-6 items-center gap-2 pl-4">
            <span
              aria-hidden
              className={classNames(
                'absolute left-[3px] size-1.5 rounded-full bg-muted',
                place > 0 &&
                  'before:absolute before:bottom-1.5 before:left-[2.5px] before:h-[18px] before:w-px before:bg-line-strong',
              )}
            />
            <RedisText text={label} truncate className="w-36 shrink-0" />
            <time data-selectable="" className="text-sm text-muted">
              {formatDateTime(at)}
            </time>
            {before !== undefined && at > before.at && (
              <span className="text-sm text-faint">+{formatDuration(at - before.at)}</span>
            )}
          </li>
        )
      })}
    </ol>
  )
}

function Logs({ logs }: { logs: readonly string[] }) {
  const [all, setAll] = useState(false)
  const shown = all ? logs : logs.slice(-someLogs)
  return (
    <Section title={`Logs, ${formatCount(logs.length)} ${logs.length === 1 ? 'line' : 'lines'}`}>
      {shown.length < logs.length && (
        <Button size="small" className="mb-1" onClick={() => setAll(true)}>
          Show the {formatCount(logs.length - shown.length)} earlier lines
        </Button>
      )}
      <ol className="max-h-72 overflow-auto rounded-md border border-line bg-sunken px-2 py-1">
        {shown.map((line, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines may be equal; their order is their identity
          <li key={place}>
            <RedisText text={line} mono lines selectable className="wrap-anywhere" />
          </li>
        ))}
      </ol>
    </Section>
  )
}
