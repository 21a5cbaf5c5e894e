import { HandlerFileInput } from '../../components/handler-file-input.tsx'
import { fittingHandlers, handlerLooks } from '../../components/handler-look.ts'
import { LimitsInputs } from '../../components/limits-inputs.tsx'
import { ScaleInputs } from '../../components/scale-inputs.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { AdvancedInputs } from './advanced-inputs.tsx'
import { processesSentence } from './processes.model.ts'
import { QueueChoice } from './queue-choice.tsx'
import { type PoolForm, partsOf } from './start-pool.model.ts'

interface PoolInputsProps {
  form: PoolForm
  tried: boolean
  problem(field: keyof PoolForm): string | undefined
  change(next: Partial<PoolForm>): void
  advanced: boolean
  onAdvanced(open: boolean): void
  evictionAsked: boolean
}

/** What so many jobs at a time ask of this computer, where that is more than a few processes. */
function ProcessesHint({ form }: { form: PoolForm }) {
  const sentence = processesSentence(form)
  return sentence === null ? null : <p className="mb-2 text-sm text-pretty text-warn">{sentence}</p>
}

/** The queue, what does its jobs, and how many at a time. */
export function PoolInputs(props: PoolInputsProps) {
  const { form, tried, problem, change, advanced, onAdvanced, evictionAsked } = props
  const parts = partsOf(form)
  return (
    <>
      <QueueChoice key={form.connectionId} form={form} problem={problem('queueName')} change={change} />
      <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
        <span className="text-sm font-medium text-muted">Handler</span>
        <Segmented
          label="Handler"
          value={form.handler}
          onChange={(handler) => change({ handler })}
          options={fittingHandlers[form.system].map((value) => ({ value, label: handlerLooks[value].label }))}
        />
      </div>
      {parts.file && (
        <HandlerFileInput file={form.file} problem={problem('file')} onChange={(file) => change({ file })} />
      )}
      <ScaleInputs form={form.scale} tried={tried} noun="jobs at a time" onChange={(scale) => change({ scale })} />
      {parts.limits && <LimitsInputs form={form.limits} tried={tried} onChange={(limits) => change({ limits })} />}
      {parts.limits && <ProcessesHint form={form} />}
      {parts.retries && (
        <Field
          label="Attempts"
          error={problem('maxAttempts')}
          hint={form.system === 'http-jobs' ? 'unless the job sets its own' : 'then it is a dead letter'}
          className="w-1/3"
        >
          <Input
            inputMode="numeric"
            value={form.maxAttempts}
            onChange={(event) => change({ maxAttempts: event.target.value })}
            aria-invalid={problem('maxAttempts') !== undefined}
          />
        </Field>
      )}
      <AdvancedInputs
        form={form}
        problem={problem}
        change={change}
        open={advanced}
        onOpen={onAdvanced}
        evictionAsked={evictionAsked}
      />
    </>
  )
}
