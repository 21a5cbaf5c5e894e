import { useMutation } from '@tanstack/react-query'
import { GripVertical } from 'lucide-react'
import { type DragEvent, memo } from 'react'
import type { ConnectionStatus, Profile } from '../../../domain/profile.ts'
import { orpc } from '../../api/client.ts'
import { navigate } from '../../app/hash-location.ts'
import { linkRoute } from '../../app/link-place.model.ts'
import { routes } from '../../app/routes.ts'
import { staleSentence } from '../../app/stale.model.ts'
import { ConnectionDot, connectionWords } from '../../components/connection-dot.tsx'
import { costSentences, costWords } from '../../components/cost-words.model.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { profileFill } from '../../components/profile-colour.ts'
import { RemedyButtons } from '../../components/remedy/remedy-buttons.tsx'
import { WriteAccess } from '../../components/write-access.tsx'
import { setArrival, useArrival } from '../../state/arrival.ts'
import { isOpen } from '../../state/connections.ts'
import { useCost, useLastSampleAt } from '../../state/telemetry.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { plainVisible } from '../../ui/redis-text.model.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { useNow } from '../../ui/use-now.ts'
import { dragOver, endDrag, startDrag, useDrag } from './drag.ts'
import { ProfileMenu } from './profile-menu.tsx'

interface ProfileRowProps {
  profile: Profile
  status: ConnectionStatus
  /** The profile after it in its folder. */
  nextId: string | null
  /** A link or a move brought the eye here. */
  focused: boolean
  /** Whether the order can be changed now: not while only some are shown. */
  movable: boolean
  onStep(id: string, step: -1 | 1): void
}

/** One connection: what it does, what is wrong, where it leads, what it costs. */
export const ProfileRow = memo(function ProfileRow(props: ProfileRowProps) {
  const { profile, status, nextId, focused, movable, onStep } = props
  const { id } = profile
  const dropsBefore = useDrag(({ goal }) => goal?.before === id)
  const dropsAfter = useDrag(({ goal }) => nextId === null && goal?.before === null && goal.folder === profile.folder)
  const onDragOver = (event: DragEvent) => {
    const { id: dragged } = useDrag.getState()
    if (dragged === null) return
    event.preventDefault()
    const box = event.currentTarget.getBoundingClientRect()
    const upper = event.clientY < box.top + box.height / 2 && !profile.builtIn
    dragOver({ folder: profile.folder, before: upper ? id : nextId })
  }
  return (
    <li
      id={`profile-${id}`}
      onDragOver={onDragOver}
      className={classNames(
        'group relative flex items-center gap-3 py-2 pr-2 pl-4 [contain-intrinsic-size:auto_56px] [content-visibility:auto] hover:bg-hover',
        focused && 'bg-selected',
        dropsBefore && 'before:absolute before:inset-x-0 before:top-0 before:h-0.5 before:bg-accent',
        dropsAfter && 'after:absolute after:inset-x-0 after:bottom-0 after:h-0.5 after:bg-accent',
      )}
    >
      <span
        className={classNames('absolute inset-y-2 left-1 w-[3px] rounded-full', profileFill[profile.colour])}
        aria-hidden
      />
      {movable && !profile.builtIn ? (
        <button
          type="button"
          draggable
          data-grip={id}
          aria-label={plainVisible(`Move ${profile.name}`)}
          aria-keyshortcuts="ArrowUp ArrowDown"
          title="Drag, or move with the arrow keys"
          onDragStart={(event) => {
            event.dataTransfer.effectAllowed = 'move'
            event.dataTransfer.setData('application/x-sluice-profile', id)
            startDrag(id)
          }}
          onDragEnd={endDrag}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
            event.preventDefault()
            onStep(id, event.key === 'ArrowUp' ? -1 : 1)
          }}
          className="-mx-1.5 flex h-6 w-4 shrink-0 cursor-grab items-center justify-center rounded-sm text-faint opacity-40 group-hover:opacity-100 focus-visible:opacity-100"
        >
          <GripVertical size={14} aria-hidden />
        </button>
      ) : (
        <span className="-mx-1.5 w-4 shrink-0" />
      )}
      <ConnectionDot status={status} />
      <div className="min-w-0 flex-1">
        <div className="flex items-center gap-2">
          <RedisText text={profile.name} truncate className="font-semibold" />
          <EnvironmentTag environment={profile.environment} />
          {profile.readOnly && <Badge>read-only</Badge>}
          {profile.builtIn && <Badge>private server</Badge>}
          <ReachBadges profile={profile} />
        </div>
        <div className="flex min-w-0 items-center gap-3 text-sm text-muted">
          <RedisText text={profile.url} mono truncate />
          {status.problem === null && <span className="shrink-0">{connectionWords(status)}</span>}
          <Servers profile={profile} status={status} />
          {status.status === 'ready' && <RowCost connectionId={id} />}
        </div>
        <StateSentence profile={profile} status={status} />
        <div className="mt-1.5 mb-0.5 empty:hidden">
          <RemedyButtons profile={profile} status={status} />
        </div>
      </div>
      <WriteAccess connection={{ profile, status }} />
      <OpenClose profile={profile} status={status} />
      <ProfileMenu profile={profile} status={status} />
    </li>
  )
})

/** What is wrong, and how old what the screens show of it is. */
function StateSentence({ profile, status }: { profile: Profile; status: ConnectionStatus }) {
  const lastAt = useLastSampleAt(profile.id)
  const now = useNow(isOpen({ profile, status }) && status.status !== 'ready' ? 1_000 : 60_000)
  const sentence = staleSentence({ profile, status }, lastAt, now)
  if (sentence === null || status.status === 'connecting') return null
  return (
    <p className={classNames('text-sm', status.status === 'failed' ? 'text-bad' : 'text-warn')}>
      <RedisText text={sentence} className="wrap-anywhere" />
    </p>
  )
}

/** How it is reached, where that is not simply over a socket. */
function ReachBadges({ profile: { topology, tls, ssh, url } }: { profile: Profile }) {
  const encrypted = url.startsWith('rediss:') || (topology.kind === 'sentinel' && topology.tls)
  return (
    <>
      {topology.kind !== 'standalone' && <Badge>{topology.kind}</Badge>}
      {ssh !== null && <Badge title={plainVisible(`Through ${ssh.username}@${ssh.host}`)}>SSH</Badge>}
      {encrypted && !tls.verify && (
        <Badge tone="bad" title="Nobody checks who answers: whoever is in between can read and change everything">
          any certificate
        </Badge>
      )}
    </>
  )
}

/** The servers that it reads from, where the address does not say them. */
function Servers({ profile, status: { servers } }: { profile: Profile; status: ConnectionStatus }) {
  if (servers.length === 0 || (profile.topology.kind === 'standalone' && profile.ssh === null)) return null
  const words = profile.topology.kind === 'cluster' ? `${servers.length} masters: ` : 'from '
  return <RedisText text={`${words}${servers.join(', ')}`} truncate className="shrink-[3]" />
}

function RowCost({ connectionId }: { connectionId: string }) {
  const cost = useCost(connectionId)
  if (cost === null) return null
  return (
    <span
      className={classNames('min-w-0 shrink-[50] truncate', cost.heldBack ? 'text-warn' : 'text-faint')}
      title={costSentences(cost)}
    >
      {costWords(cost)}
    </span>
  )
}

function OpenClose({ profile, status }: { profile: Profile; status: ConnectionStatus }) {
  const open = useMutation(orpc.connections.open.mutationOptions())
  const close = useMutation(orpc.connections.close.mutationOptions())
  const link = useArrival((state) => (state.link?.connectionId === profile.id ? state.link : null))
  const input = { connectionId: profile.id }
  if (!isOpen({ profile, status })) {
    return (
      <Button
        look="primary"
        busy={open.isPending}
        onClick={() => {
          open.mutate(input)
          if (link === null) return
          setArrival(null)
          navigate(linkRoute(link))
        }}
      >
        {link === null ? 'Open' : 'Open and go there'}
      </Button>
    )
  }
  return (
    <>
      <Button onClick={() => navigate(routes.section('overview', profile.id))}>Queues</Button>
      <Button look="ghost" busy={close.isPending} onClick={() => close.mutate(input)}>
        Close
      </Button>
    </>
  )
}
