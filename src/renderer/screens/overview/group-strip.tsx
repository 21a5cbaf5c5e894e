// biome-ignore-all lint/a11y/useSemanticElements: it is a row of the virtual grid, which is not made of table elements
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { routes } from '../../app/routes.ts'
import { ConnectionDot, isOnItsWay } from '../../components/connection-dot.tsx'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { profileFill } from '../../components/profile-colour.ts'
import { useConnection } from '../../state/connections.ts'
import { useConnectionTelemetry, useRedisStats } from '../../state/telemetry.ts'
import { classNames } from '../../ui/class-names.ts'
import { formatBytes, formatCompact, formatCount } from '../../ui/format.ts'
import { Meter } from '../../ui/meter.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'

/** The heading of a connection with the figures of its server; without its name where the top bar has it. */
export function GroupStrip({ connectionId, named }: { connectionId: string; named: boolean }) {
  const connection = useConnection(connectionId)
  if (connection === undefined) return null
  const { profile, status } = connection
  return (
    <div
      role="gridcell"
      tabIndex={-1}
      className="relative flex h-full items-center gap-2 border-b border-line bg-sunken px-3"
    >
      <span className={classNames('absolute inset-y-0 left-0 w-0.5', profileFill[profile.colour])} aria-hidden />
      {named && (
        <>
          <ConnectionDot status={status} />
          <RedisText text={profile.name} truncate className="font-semibold" />
          <EnvironmentTag environment={profile.environment} />
        </>
      )}
      <ServerVersion connectionId={connectionId} narrow={!named} />
      <ServerFigures connectionId={connectionId} mayCome={isOnItsWay(status)} />
    </div>
  )
}

/** What runs there; left out of a narrow table unless there is room. */
function ServerVersion({ connectionId, narrow }: { connectionId: string; narrow: boolean }) {
  const redis = useRedisStats(connectionId)
  if (redis === null) return null
  return (
    <span className={classNames('shrink-0 text-sm text-faint', !narrow && '@max-[1000px]:hidden')}>
      Redis {redis.version}
      {redis.role !== 'master' && ` · ${redis.role === 'slave' ? 'replica' : redis.role}`}
    </span>
  )
}

function ServerFigures({ connectionId, mayCome }: { connectionId: string; mayCome: boolean }) {
  const redis = useRedisStats(connectionId)
  const problem = useConnectionTelemetry(connectionId)?.redisProblem
  // Where there will be no figures a note below says why.
  if (redis === null) return mayCome && problem == null && <Skeleton className="ml-auto h-3 w-80" />
  const limited = redis.maxMemoryBytes > 0
  const share = limited ? redis.usedMemoryBytes / redis.maxMemoryBytes : 0
  const memoryWords = limited
    ? `${formatBytes(redis.usedMemoryBytes)} of ${formatBytes(redis.maxMemoryBytes)}`
    : formatBytes(redis.usedMemoryBytes)
  return (
    <dl className="ml-auto flex shrink-0 items-center gap-4 text-sm">
      <Figure label="Memory" title={limited ? `Limit ${formatBytes(redis.maxMemoryBytes)}` : 'No limit is set'}>
        <Link
          href={routes.section('memory', connectionId)}
          className="inline-flex items-center gap-1.5 hover:text-accent"
        >
          {limited && (
            <Meter
              share={share}
              label="Memory used"
              valueText={memoryWords}
              tone={share > 0.9 ? 'bg-bad' : share > 0.75 ? 'bg-warn' : 'bg-accent'}
              className="w-12"
            />
          )}
          <span className="inline-block min-w-16 text-end">{formatBytes(redis.usedMemoryBytes)}</span>
        </Link>
      </Figure>
      <Figure label="Keys" title={formatCount(redis.keys)} width="min-w-10">
        {formatCompact(redis.keys)}
      </Figure>
      <Figure label="Clients" title={`${redis.blockedClients} of them wait for a job`} width="min-w-6" hide>
        {formatCompact(redis.clients)}
      </Figure>
      <Figure label="Ops/s" width="min-w-10" hide>
        {formatCompact(redis.opsPerSecond)}
      </Figure>
      <Figure label="Evicted" title="Keys that Redis deleted for want of memory, since it started" width="min-w-4">
        <span className={redis.evictedKeys > 0 ? 'font-medium text-bad' : undefined}>
          {formatCompact(redis.evictedKeys)}
        </span>
      </Figure>
    </dl>
  )
}

interface FigureProps {
  label: string
  title?: string
  width?: string
  /** Left out of the narrow table. */
  hide?: boolean
  children: ReactNode
}

function Figure({ label, title, width, hide, children }: FigureProps) {
  return (
    <div className={classNames('flex items-baseline gap-1.5', hide && '@max-[920px]:hidden')} title={title}>
      <dt className="text-xs text-faint">{label}</dt>
      <dd className={classNames('text-end', width)}>{children}</dd>
    </div>
  )
}
