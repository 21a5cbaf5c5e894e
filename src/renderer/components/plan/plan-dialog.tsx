import { useMutation } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { Plan, PlanQuestion } from '../../../domain/operation.ts'
import type { TrashPlace } from '../../../domain/trash.ts'
import { client, orpc } from '../../api/client.ts'
import { errorCode, errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { isLocked, useConnection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { formatClock } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { useNow } from '../../ui/use-now.ts'
import { whyNotWrite } from '../action-guard.model.ts'
import { EnvironmentTag } from '../environment-tag.tsx'
import { GuardedButton } from '../guarded-button.tsx'
import { meantRules } from '../redaction-rules.model.ts'
import { UnlockDialog } from '../unlock-dialog.tsx'
import { PlanFacts, PlanPlaces, Sentence } from './plan-facts.tsx'
import { ageOf, estimateOf, firstForm, firstTrash, missingFor, type PlanForm, runOf } from './plan-form.model.ts'
import { PlanHow } from './plan-how.tsx'
import { PlanSamples } from './plan-sample.tsx'
import { PlanScript } from './plan-script.tsx'
import { actionTitle, actionWords, openPoint, planSentence, runsJobs } from './plan-words.model.ts'
import { QuestionInputs } from './question-inputs.tsx'
import { closePlan, useOpenPlan } from './use-plan.ts'
import { usePlanning } from './use-planning.ts'
import { useStateLabel } from './use-state-label.ts'

/** Where plans are looked at, over every screen. Once, from the shell. */
export function PlanHost() {
  const open = useOpenPlan((state) => state.open)
  if (open === null) return null
  return <PlanDialog key={open.serial} serial={open.serial} asked={open.question} onStarted={open.onStarted} />
}

interface PlanDialogProps {
  serial: number
  asked: PlanQuestion
  onStarted: (() => void) | null
}

/** What an action over many jobs would do, exactly, before it does it. */
function PlanDialog({ serial, asked, onStarted }: PlanDialogProps) {
  const [question, setQuestion] = useState(() =>
    asked.action === 'reschedule' && asked.at === null ? inAnHour(asked) : asked,
  )
  const [typedForm, setForm] = useState(firstForm)
  const [unlocking, setUnlocking] = useState(false)
  const [chosenTrash, setTrash] = useState<TrashPlace | null>(null)
  const { plan, stale, busy, error, again } = usePlanning(serial, question)
  const source = useConnection(question.connectionId)
  const target = useConnection(question.into ?? question.connectionId)
  const now = useNow(5_000)
  const typed = useRef<HTMLInputElement>(null)
  const cancel = useRef<HTMLButtonElement>(null)
  const text = useRef<HTMLTextAreaElement>(null)
  const stateLabel = useStateLabel()
  const form: PlanForm = { ...typedForm, trash: chosenTrash ?? (plan === undefined ? 'redis' : firstTrash(plan)) }
  const { action } = question
  const production = target?.profile.environment === 'production'
  const open = openPoint(question)
  const failed = error !== null && error !== undefined
  const missing =
    open ??
    whyNotWrite(target) ??
    (failed ? 'The plan could not be made.' : null) ??
    (plan === undefined || stale ? 'The plan is being made.' : missingFor(form, plan, production, now))
  const run = useMutation({
    mutationFn: (of: Plan) => client.operations.run(runOf(form, of, runsJobs(action))),
    meta: { quiet: true },
    onSuccess: () => {
      if (action === 'copy')
        void client.transfers.saveRedaction({ rules: meantRules(question.redaction) }).catch(() => {})
      void queryClient.invalidateQueries({ queryKey: orpc.trash.key() })
      closePlan()
      onStarted?.()
    },
  })
  const ready = missing === null && plan !== undefined && !run.isPending
  const begin = () => {
    if (ready) run.mutate(plan)
  }
  const planAgain = () => {
    run.reset()
    again()
  }
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.isComposing) return
    if (unlocking) return
    if (!event.metaKey && !event.ctrlKey && event.target !== typed.current) return
    event.preventDefault()
    begin()
  })
  // From anywhere in the dialog, its footer too; nothing else hears keys while it is open.
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event)
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
  const destructive = action === 'remove'
  const old = plan !== undefined && ageOf(plan, now) !== 'fresh'
  const asks = openPoint(asked) !== null || action === 'edit' || action === 'copy'
  return (
    <Dialog
      open
      alert
      width="wide"
      title={plan === undefined ? actionTitle(question) : actionWords(plan.question, plan.count)}
      description={
        <span className="flex flex-wrap items-baseline gap-x-2">
          <span className="min-w-0">
            {plan === undefined ? (
              'Nothing is changed by looking.'
            ) : (
              <Sentence
                parts={planSentence(plan, {
                  stateLabel,
                  intoName: question.into === null ? null : (target?.profile.name ?? null),
                })}
              />
            )}
          </span>
          {source !== undefined && (
            <span className="flex items-baseline gap-1.5 text-sm">
              <RedisText text={source.profile.name} />
              <EnvironmentTag environment={source.profile.environment} />
            </span>
          )}
        </span>
      }
      onClose={closePlan}
      initialFocus={action === 'edit' ? text : asks ? undefined : cancel}
      footer={
        <>
          <span id={`plan-missing-${serial}`} role="status" className="mr-auto min-w-0 flex-1 text-sm text-muted">
            {run.isPending ? 'Beginning…' : (missing ?? (plan !== undefined && `Planned at ${formatClock(plan.at)}.`))}
          </span>
          {plan !== undefined && (
            <Button look="ghost" busy={busy} onClick={planAgain}>
              Plan again
            </Button>
          )}
          <Button ref={cancel} onClick={closePlan}>
            Cancel
          </Button>
          <GuardedButton
            look={destructive ? 'danger' : 'primary'}
            reason={missing}
            keys="mod+enter"
            busy={run.isPending}
            aria-describedby={`plan-missing-${serial}`}
            onClick={begin}
            onKeyDown={(event) => {
              // Pressed on purpose with the mouse or Space, never by an Enter that was meant for something else.
              if (destructive && event.key === 'Enter' && !event.metaKey && !event.ctrlKey) event.preventDefault()
            }}
          >
            {plan === undefined ? actionTitle(question) : actionWords(plan.question, plan.count)}
          </GuardedButton>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {asks && (
          <QuestionInputs
            asked={asked}
            question={question}
            text={text}
            sample={plan?.sample[0]?.before.text ?? null}
            onChange={(change) => setQuestion((before) => ({ ...before, ...change }))}
          />
        )}
        {target !== undefined && isLocked(target) && (
          <Notice
            tone="warn"
            action={
              <Button size="small" onClick={() => setUnlocking(true)}>
                Unlock…
              </Button>
            }
          >
            <RedisText text={target.profile.name} className="font-medium" /> is production, and read-only until somebody
            unlocks it.
          </Notice>
        )}
        {unlocking && target !== undefined && <UnlockDialog connection={target} onClose={() => setUnlocking(false)} />}
        {old && (
          <Notice
            tone="warn"
            action={
              <Button size="small" onClick={planAgain}>
                Plan again
              </Button>
            }
          >
            This plan was made at {formatClock(plan.at)}: jobs may have come and gone since.
          </Notice>
        )}
        {failed && (
          <Notice
            tone="bad"
            live
            action={
              <Button size="small" onClick={planAgain}>
                Try again
              </Button>
            }
          >
            {errorSentence(error)}
          </Notice>
        )}
        {plan === undefined ? (
          open === null && !failed && <PlanSkeleton />
        ) : (
          <div className={stale ? 'flex flex-col gap-4 opacity-60' : 'flex flex-col gap-4'} aria-busy={stale}>
            <PlanFacts
              plan={plan}
              estimateMs={estimateOf(form, plan)}
              keeps={plan.trash === null || form.trash !== 'none'}
            />
            <PlanPlaces plan={plan} />
            <PlanSamples plan={plan} />
            <PlanHow
              plan={plan}
              form={form}
              production={production}
              typed={typed}
              onChange={({ trash, ...change }) => {
                if (trash !== undefined) setTrash(trash)
                setForm((before) => ({ ...before, ...change }))
              }}
            />
            <PlanScript script={plan.script} />
          </div>
        )}
        {run.isError && (
          <Notice
            tone="bad"
            live
            action={
              errorCode(run.error) === 'CHANGED' || errorCode(run.error) === 'NOT_FOUND' ? (
                <Button size="small" onClick={planAgain}>
                  Plan again
                </Button>
              ) : undefined
            }
          >
            {errorSentence(run.error)}
          </Notice>
        )}
      </div>
    </Dialog>
  )
}

function inAnHour(question: PlanQuestion): PlanQuestion {
  return { ...question, at: Date.now() + 3_600_000 }
}

/** The place of a plan that is being made. */
function PlanSkeleton() {
  return (
    <div role="status" aria-label="The plan is being made" className="flex flex-col gap-4">
      <Skeleton className="h-13" />
      <Skeleton className="h-4 w-2/3" />
      <Skeleton className="h-4 w-1/2" />
      <Skeleton className="h-40" />
      <Skeleton className="h-7 w-3/4" />
    </div>
  )
}
