import { useEffect, useEffectEvent, useId } from 'react'
import { type BulkAction, planQuestionSchema } from '../../../domain/operation.ts'
import type { SearchQuestion } from '../../../domain/search.ts'
import { usePlan } from '../../components/plan/use-plan.ts'
import { shareRead } from '../../components/reading.model.ts'
import { ReadingFigures } from '../../components/reading-figures.tsx'
import { forgetSearch, startSearch, useSearch } from '../../state/searches.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { formatCount, formatCounted } from '../../ui/format.ts'
import { Meter } from '../../ui/meter.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'

interface PlanGroupDialogProps {
  action: BulkAction
  question: SearchQuestion
  /** Jobs of the group as they were counted. */
  expected: number
  onClose(): void
}

/**
 * Finds the jobs of a group, which the survey has counted but not kept, and opens the plan over them. It goes on by itself
 * unless something could not be read: then the operator decides whether what was found is enough.
 */
export function PlanGroupDialog({ action, question, expected, onClose }: PlanGroupDialogProps) {
  const key = `plan ${useId()}`
  const plan = usePlan()
  const run = useSearch(key)
  const begin = useEffectEvent(() => startSearch(key, question))
  useEffect(() => {
    begin()
    return () => forgetSearch(key)
  }, [key])
  const progress = run?.progress ?? null
  const over = run !== undefined && run.phase !== 'running'
  const matches = progress?.matches ?? 0
  const problems = [...(progress?.problems ?? []), ...(run?.problem == null ? [] : [run.problem])]
  const whole = over && run.phase === 'done' && problems.length === 0
  const goOn = useEffectEvent(() => {
    if (progress === null) return
    plan(
      planQuestionSchema.parse({
        connectionId: question.connectionId,
        action,
        selection: { type: 'search', searchId: progress.id },
      }),
    )
    onClose()
  })
  const ready = whole && matches > 0
  useEffect(() => {
    if (ready) goOn()
  }, [ready])
  return (
    <Dialog
      open
      alert
      width="wide"
      title={over ? (matches === 0 ? 'None of these jobs was found' : 'Not all could be read') : 'Finding these jobs'}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{over && matches === 0 ? 'Close' : 'Cancel'}</Button>
          {over && !whole && matches > 0 && (
            <Button look="primary" onClick={() => goOn()}>
              Plan with the {formatCounted(matches, 'job')} found
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-1">
        {over && matches === 0 && problems.length === 0 ? (
          <p>
            {formatCounted(progress?.scanned ?? 0, 'job')} {progress?.scanned === 1 ? 'was' : 'were'} read. They ran, or
            somebody moved or removed them since they were counted.
          </p>
        ) : (
          <>
            <p role="status">
              {formatCount(matches)} of about {formatCounted(expected, 'job')} found
            </p>
            <Meter
              share={progress === null ? 0 : shareRead(progress)}
              label="Read"
              valueText={`${formatCount(progress?.scanned ?? 0)} of ${formatCount(progress?.total ?? 0)} jobs`}
              className="w-full"
            />
            <div className="@container">
              {progress !== null && <ReadingFigures reading={progress} running={!over} />}
            </div>
          </>
        )}
        {problems.length > 0 && (
          <Notice tone="warn" live>
            {problems.map((problem) => (
              <RedisText key={problem} text={problem} className="block" />
            ))}
          </Notice>
        )}
      </div>
    </Dialog>
  )
}
