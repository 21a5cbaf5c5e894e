import { useMutation } from '@tanstack/react-query'
import { Ban, CircleCheck, CircleX, Ellipsis, Gauge, KeyRound, SearchX, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { orpc } from '../../api/client.ts'
import { whyNotWrite } from '../../components/action-guard.model.ts'
import { GuardedButton } from '../../components/guarded-button.tsx'
import { reportOutcome } from '../../components/report-outcome.ts'
import { SidePanel } from '../../components/side-panel.tsx'
import type { Connection } from '../../state/connections.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Menu } from '../../ui/menu.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { ChangeRequestDialog, type ChangeType } from './change-request-dialog.tsx'
import { CodeForm } from './code-form.tsx'
import { requestAbilities } from './request-actions.model.ts'
import { Countdown, ProgressBar, StatusChip } from './request-status.tsx'
import type { RequestStore } from './request-store.ts'
import { isOver, phaseOf } from './requests.model.ts'
import { useEntry } from './use-requests.ts'

/** What its service would do, done from here to try things out. */
const changes: readonly { type: ChangeType; label: string; icon: ReactNode }[] = [
  { type: 'progress', label: 'Set the progress…', icon: <Gauge size={14} aria-hidden /> },
  { type: 'require-otp', label: 'Ask for a code…', icon: <KeyRound size={14} aria-hidden /> },
  { type: 'complete', label: 'Complete…', icon: <CircleCheck size={14} aria-hidden /> },
  { type: 'fail', label: 'Fail…', icon: <CircleX size={14} aria-hidden /> },
]

interface RequestPanelProps {
  store: RequestStore
  hash: string
  connection: Connection
  onClose(): void
}

/** Everything known of one request, live, and the way to cancel it. */
export function RequestPanel({ store, hash, connection, onClose }: RequestPanelProps) {
  const entry = useEntry(store, hash)
  const [asking, setAsking] = useState(false)
  const [changing, setChanging] = useState<ChangeType | null>(null)
  const cancel = useMutation(
    orpc.requests.cancel.mutationOptions({
      onSuccess: (outcome) => reportOutcome(outcome, { did: 'Cancelled', noun: 'request' }),
      onSettled: () => setAsking(false),
    }),
  )
  if (entry === undefined) {
    return (
      <SidePanel label="Request">
        <EmptyState
          icon={<SearchX size={20} />}
          title="This request is no longer there"
          action={<Button onClick={onClose}>Back to the list</Button>}
        >
          A request lives as long as it is written to; then Redis drops it.
        </EmptyState>
      </SidePanel>
    )
  }
  const { request, receivedAt, gone } = entry
  const {
    service,
    status,
    step,
    progress,
    message,
    userId,
    requiresOtp,
    startedAt,
    updatedAt,
    etaMs,
    expiresAt,
    error,
    problem,
  } = request
  const phase = phaseOf(request)
  const reason = gone
    ? 'This request is no longer there.'
    : isOver(phase)
      ? `This request is ${phase} already.`
      : whyNotWrite(connection)
  return (
    <SidePanel label="Request">
      <div className="flex h-10 shrink-0 items-center gap-2 border-b border-line pr-2 pl-3">
        <RedisText text={service ?? 'Request'} truncate className="max-w-1/2 shrink-0 font-semibold" />
        <RedisText text={hash} mono truncate selectable className="flex-1 text-muted" />
        <Menu
          trigger={
            <Button
              size="small"
              look="ghost"
              aria-label="More for this request"
              className="px-1!"
              icon={<Ellipsis size={14} aria-hidden />}
            />
          }
          entries={changes.map(({ type, label, icon }) => ({
            label,
            icon,
            unavailable: reason ?? undefined,
            onChoose: () => setChanging(type),
          }))}
        />
        <GuardedButton
          size="small"
          icon={<Ban size={13} aria-hidden />}
          reason={reason}
          busy={cancel.isPending}
          className="text-bad!"
          onClick={() => setAsking(true)}
        >
          Cancel…
        </GuardedButton>
        <IconButton label="Close" keys="escape" icon={<X size={14} aria-hidden />} onClick={onClose} />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto pb-6">
        <div className="flex flex-col gap-2 border-b border-line p-3">
          <div className="flex items-center gap-2">
            <StatusChip status={status} phase={phase} gone={gone} />
            <span className="flex-1" />
            <span className="text-xl font-semibold">{progress === null ? '–' : `${Math.round(progress)}%`}</span>
          </div>
          <ProgressBar progress={progress} phase={phase} className="h-2!" />
          <div className="min-h-10 text-pretty">
            {message === null ? (
              <span className="text-faint">No message</span>
            ) : (
              <RedisText text={message} lines selectable />
            )}
          </div>
        </div>
        <div className="flex flex-col gap-2 px-3 pt-3 empty:hidden">
          {!gone && requestAbilities(request).code && (
            <CodeForm connectionId={connection.profile.id} hash={hash} reason={whyNotWrite(connection)} />
          )}
          {error !== null && (
            <Notice tone="bad">
              <RedisText text={error} lines selectable className="wrap-anywhere" />
            </Notice>
          )}
          {problem !== null && <Notice tone="warn">{problem}</Notice>}
        </div>
        <dl className="grid grid-cols-[96px_1fr] gap-x-3 gap-y-1.5 p-3">
          <Fact label="Step">{step === null ? '–' : <RedisText text={step} selectable />}</Fact>
          <Fact label="User">{userId === null ? '–' : <RedisText text={userId} mono selectable />}</Fact>
          <Fact label="Time left">
            {etaMs === null || isOver(phase) ? '–' : <Countdown until={receivedAt + etaMs} over="due any moment" />}
          </Fact>
          <Fact label="Started">{startedAt === null ? '–' : <RelativeTime at={startedAt} />}</Fact>
          <Fact label="Updated">
            <RelativeTime at={updatedAt} />
          </Fact>
          <Fact label="Expires">{expiresAt === null ? 'never' : <Countdown until={expiresAt} over="now" />}</Fact>
          <Fact label="Needs a code">{requiresOtp ? 'yes' : 'no'}</Fact>
        </dl>
      </div>
      {changing !== null && (
        <ChangeRequestDialog
          connectionId={connection.profile.id}
          request={request}
          type={changing}
          onClose={() => setChanging(null)}
        />
      )}
      <ConfirmDialog
        open={asking}
        destructive
        title="Cancel this request?"
        confirmLabel="Cancel the request"
        busy={cancel.isPending}
        onCancel={() => setAsking(false)}
        onConfirm={() => cancel.mutate({ connectionId: connection.profile.id, hash })}
      >
        <RedisText text={hash} mono className="font-semibold" /> is marked as cancelled and everyone who follows it is
        told. A service that does not look at the status while it works will finish all the same. It cannot be taken
        back.
      </ConfirmDialog>
    </SidePanel>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </>
  )
}
