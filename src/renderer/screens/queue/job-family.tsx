import { useMutation, useQuery } from '@tanstack/react-query'
import { ChevronRight, CornerLeftUp } from 'lucide-react'
import { useState } from 'react'
import type { JobDetail, JobLink } from '../../../domain/job.ts'
import { client } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { Badge } from '../../ui/badge.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCount, formatCounted } from '../../ui/format.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { openJobById } from './open-job-by-id.ts'

type Family = NonNullable<JobDetail['family']>

interface JobFamilyProps {
  connectionId: string
  family: Family
}

/** The parent of a job and the tree of its children, each a step to where it is now. */
export function JobFamily({ connectionId, family }: JobFamilyProps) {
  const { parent, children, more } = family
  const total = children.length + more
  return (
    <section className="px-3 pt-3">
      <h3 className="mb-1.5 text-sm font-medium text-muted">
        {total === 0 ? 'Parent' : parent === null ? `Children, ${formatCount(total)}` : 'Flow'}
      </h3>
      <div className="max-h-96 overflow-y-auto rounded-md border border-line p-1">
        {parent !== null && (
          <div className="flex items-center">
            <CornerLeftUp size={13} className="ml-1.5 shrink-0 text-faint" aria-label="Parent" />
            <Member connectionId={connectionId} link={parent} />
          </div>
        )}
        <Children connectionId={connectionId} family={family} indented={parent !== null} />
      </div>
    </section>
  )
}

interface ChildrenProps extends JobFamilyProps {
  indented: boolean
}

function Children({ connectionId, family: { children, more }, indented }: ChildrenProps) {
  return (
    <ul aria-label="Children" className={classNames(indented && 'ml-3 border-l border-line pl-1')}>
      {children.map((child) => (
        <Child key={`${child.queue.prefix} ${child.queue.name} ${child.id}`} connectionId={connectionId} link={child} />
      ))}
      {more > 0 && (
        <li className="px-2 py-1 text-sm text-faint">and {formatCounted(more, 'child', 'children')} more</li>
      )}
    </ul>
  )
}

/** A child, which may have children of its own: they are read when it is unfolded. */
function Child({ connectionId, link }: { connectionId: string; link: JobLink }) {
  const [open, setOpen] = useState(false)
  const { queue, id } = link
  const { data, error, isPending } = useQuery({
    queryKey: ['family', connectionId, queue, id],
    enabled: open,
    queryFn: async ({ signal }) => {
      const place = await client.queues.find({ connectionId, queue, id }, { signal })
      const job = await client.queues.job({ connectionId, queue, ...place, full: false }, { signal })
      return job.family
    },
  })
  return (
    <li>
      <div className="flex items-center">
        <button
          type="button"
          aria-expanded={open}
          aria-label="Its children"
          onClick={() => setOpen(!open)}
          className="flex size-6 shrink-0 items-center justify-center rounded-sm text-faint hover:bg-hover"
        >
          <ChevronRight size={13} aria-hidden className={classNames(open && 'rotate-90')} />
        </button>
        <Member connectionId={connectionId} link={link} />
      </div>
      {open &&
        (error !== null ? (
          <p className="ml-6 py-1 text-sm text-bad">{errorSentence(error)}</p>
        ) : isPending ? (
          <p className="ml-6 py-1 text-sm text-faint">Reading…</p>
        ) : data === null || data.children.length === 0 ? (
          <p className="ml-6 py-1 text-sm text-faint">It has no children.</p>
        ) : (
          <Children connectionId={connectionId} family={data} indented />
        ))}
    </li>
  )
}

function Member({ connectionId, link }: { connectionId: string; link: JobLink }) {
  const open = useMutation({ mutationFn: () => openJobById(connectionId, link.queue, link.id) })
  return (
    <button
      type="button"
      disabled={open.isPending}
      onClick={() => open.mutate()}
      className="flex h-7 min-w-0 flex-1 items-center gap-2 rounded-sm px-1.5 text-start hover:bg-hover"
    >
      <RedisText text={link.id} mono truncate className="min-w-0 flex-1" />
      <RedisText text={link.queue.name} truncate className="max-w-40 shrink-0 text-sm text-muted" />
      {link.outcome !== null && <Badge tone={toneOf(link.outcome)}>{link.outcome}</Badge>}
    </button>
  )
}

function toneOf(outcome: string): 'bad' | 'good' | 'neutral' {
  if (outcome.startsWith('failed')) return 'bad'
  return outcome === 'completed' ? 'good' : 'neutral'
}
