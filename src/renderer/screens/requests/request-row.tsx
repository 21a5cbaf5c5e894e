import { memo } from 'react'
import { classNames } from '../../ui/class-names.ts'
import { Cell, HeaderCell } from '../../ui/grid-cells.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Countdown, ProgressBar, StatusChip } from './request-status.tsx'
import type { RequestStore } from './request-store.ts'
import { isOver, phaseOf } from './requests.model.ts'
import { useEntry } from './use-requests.ts'

/*
 * Four widths of the table. Below 980 px user and hash go, below 820 px the step, below 640 px (beside a request) also
 * the service and the time to live; all of it is in the request itself.
 */
export const columns =
  'grid-cols-[12px_108px_minmax(80px,128px)_minmax(70px,122px)_140px_minmax(80px,124px)_minmax(120px,1fr)_minmax(80px,140px)_72px_72px_8px] @max-[980px]:grid-cols-[12px_108px_minmax(80px,120px)_132px_minmax(70px,110px)_minmax(90px,1fr)_72px_72px_8px] @max-[820px]:grid-cols-[12px_108px_minmax(70px,110px)_116px_minmax(90px,1fr)_68px_68px_8px] @max-[640px]:grid-cols-[12px_104px_104px_minmax(60px,1fr)_64px_8px]'
const hideMiddle = '@max-[980px]:hidden'
const hideStep = '@max-[820px]:hidden'
const hideNarrow = '@max-[640px]:hidden'

const unknown = <span className="text-faint">–</span>

export function RequestHeader() {
  return (
    <>
      <HeaderCell />
      <HeaderCell>Status</HeaderCell>
      <HeaderCell className={hideNarrow}>Service</HeaderCell>
      <HeaderCell className={hideMiddle}>Request</HeaderCell>
      <HeaderCell>Progress</HeaderCell>
      <HeaderCell className={hideStep}>Step</HeaderCell>
      <HeaderCell>Message</HeaderCell>
      <HeaderCell className={hideMiddle}>User</HeaderCell>
      <HeaderCell end title="Estimated time to the end">
        Left
      </HeaderCell>
      <HeaderCell end className={hideNarrow} title="Time until Redis drops the request">
        Expires
      </HeaderCell>
    </>
  )
}

/** The cells of one request. It listens for its own request alone. */
export const RequestRow = memo(function RequestRow({ store, hash }: { store: RequestStore; hash: string }) {
  const entry = useEntry(store, hash)
  if (entry === undefined) return <Cell className="col-span-full pl-4 text-sm text-faint">No longer there</Cell>
  const { request, receivedAt, gone } = entry
  const { service, status, step, progress, message, userId, etaMs, expiresAt, error, problem } = request
  const phase = phaseOf(request)
  const dim = gone ? 'opacity-50' : undefined
  const words = problem ?? (phase === 'failed' ? (error ?? message) : message)
  return (
    <>
      <Cell />
      <Cell className={dim}>
        <StatusChip status={status} phase={phase} gone={gone} />
      </Cell>
      <Cell className={classNames(hideNarrow, dim)}>
        {service === null ? unknown : <RedisText text={service} truncate className="font-medium" />}
      </Cell>
      <Cell className={classNames(hideMiddle, dim)}>
        <RedisText text={hash} mono truncate className="text-muted" />
      </Cell>
      <Cell className={classNames('flex items-center gap-2', dim)}>
        <ProgressBar progress={progress} phase={phase} className="flex-1" />
        <span className="w-9 shrink-0 text-end text-sm text-muted">
          {progress === null ? '–' : `${Math.round(progress)}%`}
        </span>
      </Cell>
      <Cell className={classNames('text-muted', hideStep, dim)}>
        {step === null ? unknown : <RedisText text={step} truncate />}
      </Cell>
      <Cell className={dim}>
        {words === null ? (
          unknown
        ) : (
          <RedisText
            text={words}
            truncate
            className={problem !== null ? 'text-warn' : phase === 'failed' ? 'text-bad' : undefined}
          />
        )}
      </Cell>
      <Cell className={classNames(hideMiddle, dim)}>
        {userId === null ? unknown : <RedisText text={userId} mono truncate className="text-muted" />}
      </Cell>
      <Cell end className={classNames('whitespace-nowrap', dim)}>
        {etaMs === null || isOver(phase) || gone ? unknown : <Countdown until={receivedAt + etaMs} over="due" />}
      </Cell>
      <Cell end className={classNames('text-sm whitespace-nowrap text-muted', hideNarrow, dim)}>
        {expiresAt === null ? (
          <span title="It has no time to live">never</span>
        ) : (
          <Countdown until={expiresAt} over="now" />
        )}
      </Cell>
    </>
  )
})
