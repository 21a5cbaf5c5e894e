import { useQuery } from '@tanstack/react-query'
import { useEffect, useEffectEvent } from 'react'
import type { PlanQuestion } from '../../../domain/operation.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { isLocked, useOpenConnections } from '../../state/connections.ts'
import { Field } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Select } from '../../ui/select.tsx'
import { whyNotWrite } from '../action-guard.model.ts'
import { EnvironmentTag } from '../environment-tag.tsx'
import { QueuePicker } from '../queue-picker.tsx'
import { RedactionRulesEditor } from '../redaction-rules.tsx'

interface CopyInputsProps {
  question: PlanQuestion
  from: QueueRef | null
  /** A payload to try the rules on. */
  sample: string | null
  onChange(change: Partial<PlanQuestion>): void
}

/** Where copies go, and what is taken out of them on the way. */
export function CopyInputs({ question, from, sample, onChange }: CopyInputsProps) {
  const { into, to, redaction, connectionId } = question
  const targets = useOpenConnections()?.filter(({ profile }) => profile.id !== connectionId) ?? []
  const target = targets.find(({ profile }) => profile.id === into)
  const { data: lastRules } = useQuery(orpc.transfers.redaction.queryOptions({ staleTime: Number.POSITIVE_INFINITY }))
  const begin = useEffectEvent(() => {
    if (lastRules !== undefined && redaction.length === 0) onChange({ redaction: lastRules })
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the rules of last time are known
  useEffect(() => begin(), [lastRules])
  // What an unlock can help is said by the dialog, with the way to it.
  const blocked = target === undefined || isLocked(target) ? null : whyNotWrite(target)
  return (
    <div className="flex flex-col gap-1">
      <Field
        label="To the connection"
        hint={targets.length === 0 ? 'No other connection is open: open one first.' : undefined}
      >
        <Select
          label="To the connection"
          value={into}
          placeholder="Choose one"
          onChange={(next) => onChange({ into: next, to: null })}
          options={targets.map(({ profile }) => ({
            value: profile.id,
            label: (
              <span className="flex items-center gap-2">
                <RedisText text={profile.name} truncate />
                <EnvironmentTag environment={profile.environment} />
              </span>
            ),
          }))}
        />
      </Field>
      {blocked !== null && <Notice tone="warn">{blocked}</Notice>}
      {into !== null && (
        <QueuePicker
          key={into}
          connectionId={into}
          from={from}
          elsewhere
          value={to}
          onChange={(next) => onChange({ to: next })}
          rows={4}
        />
      )}
      <div className="mt-2">
        <h3 className="mb-1 text-sm font-medium text-muted">Taken out of the copies</h3>
        <RedactionRulesEditor rules={redaction} onChange={(rules) => onChange({ redaction: rules })} sample={sample} />
      </div>
    </div>
  )
}
