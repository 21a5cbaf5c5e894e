import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { QueueRef } from '../../../domain/queue.ts'
import type { Schedule } from '../../../domain/schedule.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input, TextArea } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { toast } from '../../ui/toast.tsx'
import { changeOf, formOf, type ScheduleForm } from './schedule.model.ts'

interface ScheduleDialogProps {
  target: { connectionId: string; queue: QueueRef }
  schedule: Schedule
  onDone(): void
  onClose(): void
}

/** Changes when a schedule runs, and the payload of its jobs. */
export function ScheduleDialog({ target, schedule, onDone, onClose }: ScheduleDialogProps) {
  const [form, setForm] = useState(() => formOf(schedule))
  const read = changeOf(schedule.id, form)
  const errors = 'errors' in read ? read.errors : {}
  const save = useMutation(
    orpc.schedules.save.mutationOptions({
      meta: { quiet: true },
      onSuccess: () => {
        toast.good('Changed the schedule: its next job was made anew.')
        onClose()
        onDone()
      },
    }),
  )
  const set = (part: Partial<ScheduleForm>) => setForm((now) => ({ ...now, ...part }))
  const submit = () => 'change' in read && !save.isPending && save.mutate({ ...target, change: read.change })
  return (
    <Dialog
      open
      alert
      title={
        <>
          Edit the schedule <RedisText text={schedule.id} />
        </>
      }
      description="Its next job is made anew; jobs that it made before stay as they are."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={'errors' in read} busy={save.isPending} onClick={submit}>
            Save the schedule
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-2">
        <Segmented
          label="Timing"
          value={form.kind}
          onChange={(kind) => set({ kind })}
          options={[
            { value: 'pattern', label: 'By a pattern' },
            { value: 'every', label: 'In a span of time' },
          ]}
        />
        {form.kind === 'pattern' ? (
          <div className="flex gap-3">
            <Field
              label="Pattern"
              hint="Minute, hour, day, month, weekday"
              error={errors.pattern ?? null}
              className="flex-1"
            >
              <Input mono dir="ltr" value={form.pattern} onChange={(event) => set({ pattern: event.target.value })} />
            </Field>
            <Field label="Time zone" hint="Empty: that of the worker" className="w-52 shrink-0">
              <Input
                dir="ltr"
                placeholder="Europe/Berlin"
                value={form.timeZone}
                onChange={(event) => set({ timeZone: event.target.value })}
              />
            </Field>
          </div>
        ) : (
          <Field label="Every, in seconds" error={errors.seconds ?? null} className="w-52">
            <Input
              inputMode="decimal"
              value={form.seconds}
              onChange={(event) => set({ seconds: event.target.value })}
            />
          </Field>
        )}
        <Field label="Payload of its jobs" error={errors.payload ?? null}>
          <TextArea
            mono
            dir="ltr"
            value={form.payload}
            className="h-40 whitespace-pre-wrap wrap-anywhere"
            onChange={(event) => set({ payload: event.target.value })}
          />
        </Field>
        {save.error !== null && (
          <Notice tone="bad" live>
            {errorSentence(save.error)}
          </Notice>
        )}
      </div>
    </Dialog>
  )
}
