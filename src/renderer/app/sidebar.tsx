import { ChevronRight, KeyRound, LockOpen, Plus } from 'lucide-react'
import { Link } from 'wouter'
import { ConnectionDot } from '../components/connection-dot.tsx'
import { EnvironmentTag } from '../components/environment-tag.tsx'
import { profileFill } from '../components/profile-colour.ts'
import { remedyFor } from '../components/remedy/remedy.model.ts'
import { type Connection, isOpen, isUnlocked, useConnections } from '../state/connections.ts'
import { toggleFolded, usePreferences } from '../state/preferences.ts'
import { useFailedCount, useQueueCount } from '../state/telemetry.ts'
import { IconButton } from '../ui/button.tsx'
import { classNames } from '../ui/class-names.ts'
import { formatCompact } from '../ui/format.ts'
import { RedisText } from '../ui/redis-text.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { navigate } from './hash-location.ts'
import { routes } from './routes.ts'
import { panelHeight } from './runs/runs-panel.tsx'
import { type Section, sections } from './sections.ts'
import { usePlace } from './use-place.ts'

const link = 'flex h-6 shrink-0 items-center gap-2 rounded-md px-2 text-muted hover:bg-hover hover:text-ink'
const chosen = 'bg-selected! font-medium text-ink!'

/** Where one can go: over all connections, then connection by connection. */
export function Sidebar() {
  const connections = useConnections()
  return (
    <nav
      aria-label="Sections"
      className="flex w-52 shrink-0 flex-col overflow-y-auto border-r border-line bg-sunken px-2 pt-2 pb-3"
    >
      {sections
        .filter(({ places }) => places.includes('all'))
        .map((section) => (
          <SectionLink key={section.id} section={section} connectionId={null} />
        ))}
      <div className="mt-4 mb-1 flex h-6 items-center justify-between pl-2">
        <h2 className="text-xs font-medium text-faint">Redis</h2>
        <IconButton
          label="Add a connection"
          icon={<Plus size={14} aria-hidden />}
          onClick={() => navigate(routes.profile('new'))}
        />
      </div>
      {connections === undefined && (
        <div className="flex flex-col gap-3 px-2 pt-1" role="status" aria-label="Loading">
          <Skeleton className="h-3 w-28" />
          <Skeleton className="h-3 w-36" />
        </div>
      )}
      {connections?.map((connection) => (
        <ConnectionEntry key={connection.profile.id} connection={connection} />
      ))}
      <div className="shrink-0" style={{ height: `var(${panelHeight}, 0px)` }} />
    </nav>
  )
}

function ConnectionEntry({ connection }: { connection: Connection }) {
  const { profile, status } = connection
  const place = usePlace()
  const folded = usePreferences((state) => state.folded.includes(profile.id))
  const unfolded = isOpen(connection) && !folded
  const mine = place.connectionId === profile.id
  return (
    <div className="relative mb-1">
      <span
        className={classNames('absolute top-1 bottom-1 left-0 w-0.5 rounded-full', profileFill[profile.colour])}
        aria-hidden
      />
      <div className="group flex items-center">
        <Link
          href={isOpen(connection) ? routes.section('overview', profile.id) : routes.profileInList(profile.id)}
          className={classNames(
            'flex min-w-0 flex-1 items-center gap-2 rounded-md py-1 pr-1 pl-2.5 hover:bg-hover',
            mine && !unfolded && chosen,
          )}
        >
          <ConnectionDot status={status} />
          <span className="min-w-0 flex-1">
            <RedisText
              text={profile.name}
              truncate
              className={classNames('leading-4', isOpen(connection) ? 'font-medium' : 'text-muted')}
            />
            <EnvironmentTag environment={profile.environment} />
          </span>
          {waitsForPerson(connection) && (
            <KeyRound size={13} className="shrink-0 text-warn" aria-label="waits for you" />
          )}
          {isUnlocked(connection) && (
            <LockOpen size={13} className="shrink-0 text-bad" aria-label="can be written to now" />
          )}
        </Link>
        {isOpen(connection) && (
          <button
            type="button"
            aria-expanded={unfolded}
            aria-label={unfolded ? 'Hide its sections' : 'Show its sections'}
            onClick={() => toggleFolded(profile.id)}
            className="flex size-6 items-center justify-center rounded-md text-faint hover:bg-hover hover:text-ink"
          >
            <ChevronRight size={12} className={unfolded ? 'rotate-90' : ''} aria-hidden />
          </button>
        )}
      </div>
      {unfolded && (
        <div className="mt-0.5 ml-3 flex flex-col">
          {sections
            .filter(({ places }) => places.includes('connection'))
            .map((section) => (
              <SectionLink key={section.id} section={section} connectionId={profile.id} />
            ))}
        </div>
      )}
    </div>
  )
}

/** Whether it goes on only when a person enters something, or vouches for a key. */
function waitsForPerson({ profile, status }: Connection): boolean {
  return status.status === 'failed' && remedyFor(status, profile) !== null
}

function SectionLink({ section, connectionId }: { section: Section; connectionId: string | null }) {
  const place = usePlace()
  const here = place.section === section.id && place.connectionId === connectionId
  const { icon: Icon } = section
  return (
    <Link
      href={routes.section(section.id, connectionId)}
      aria-current={here ? 'page' : undefined}
      className={classNames(link, here && chosen)}
    >
      <Icon size={14} strokeWidth={1.75} aria-hidden className="shrink-0" />
      <span className="min-w-0 flex-1 truncate">{section.label}</span>
      {section.count === 'failed' && <FailedCount connectionId={connectionId} />}
      {section.count === 'queues' && connectionId !== null && <QueueCount connectionId={connectionId} />}
    </Link>
  )
}

function FailedCount({ connectionId }: { connectionId: string | null }) {
  const count = useFailedCount(connectionId)
  return count === 0 ? null : <span className="text-xs font-medium text-bad">{formatCompact(count)}</span>
}

function QueueCount({ connectionId }: { connectionId: string }) {
  const count = useQueueCount(connectionId)
  return count === 0 ? null : <span className="text-xs font-normal text-faint">{formatCompact(count)}</span>
}
