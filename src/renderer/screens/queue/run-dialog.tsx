import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { JobSummary } from '../../../domain/job.ts'
import { processHandlers } from '../../../domain/pool.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { HandlerFileInput } from '../../components/handler-file-input.tsx'
import { handlerLooks } from '../../components/handler-look.ts'
import { toLimits } from '../../components/limits-form.model.ts'
import { LimitsInputs } from '../../components/limits-inputs.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { focusFirstProblem } from '../../ui/focus-problem.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { effects, type RunForm, runHandlers, runProblems, startingRun } from './run-form.model.ts'
import { RunView } from './run-view.tsx'
import type { JobSource } from './use-job-pages.ts'

interface RunDialogProps {
  source: JobSource
  job: Pick<JobSummary, 'ref' | 'name' | 'id'>
  onClose(): void
}

/** Runs one job where it is, by a handler of this desktop, and shows what comes of it. */
export function RunDialog({ source, job, onClose }: RunDialogProps) {
  const [form, setForm] = useState<RunForm>(() => startingRun(source.queue))
  const [tried, setTried] = useState(false)
  const [ended, setEnded] = useState(false)
  const run = useMutation(orpc.handlers.run.mutationOptions({ meta: { quiet: true }, onMutate: () => setEnded(false) }))
  const cancel = useMutation(orpc.handlers.cancelRun.mutationOptions())
  const problems = runProblems(form)
  const change = (next: Partial<RunForm>) => setForm((before) => ({ ...before, ...next }))
  const begin = () => {
    setTried(true)
    if (Object.keys(problems).length > 0) return focusFirstProblem()
    if (run.isPending) return
    const { handler, file, limits } = form
    const own = handler === 'own'
    run.mutate({
      ...source,
      ref: job.ref,
      handler,
      file: own ? file.trim() : null,
      limits: toLimits(limits),
    })
  }
  const id = run.data?.id
  return (
    <Dialog
      open
      width={id === undefined ? 'normal' : 'wide'}
      title={
        <span className="flex min-w-0 items-baseline gap-2">
          <span className="shrink-0">Run exactly this job</span>
          <RedisText text={job.name ?? job.id ?? ''} truncate className="font-normal text-muted" />
        </span>
      }
      description="The job itself stays where it is and as it is, whatever comes of this."
      onClose={onClose}
      footer={
        id === undefined ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button look="primary" busy={run.isPending} onClick={begin}>
              Run it
            </Button>
          </>
        ) : (
          <>
            {!ended && (
              <Button className="mr-auto" busy={cancel.isPending} onClick={() => cancel.mutate({ id })}>
                Cancel the run
              </Button>
            )}
            {ended && (
              <>
                <Button look="ghost" className="mr-auto" onClick={() => run.reset()}>
                  Change the handler
                </Button>
                <Button busy={run.isPending} onClick={begin}>
                  Run it again
                </Button>
              </>
            )}
            <Button look={ended ? 'primary' : 'plain'} onClick={onClose}>
              Close
            </Button>
          </>
        )
      }
    >
      {id !== undefined ? (
        <RunView key={id} id={id} onEnd={() => setEnded(true)} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            begin()
          }}
        >
          <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
            <span className="text-sm font-medium text-muted">Handler</span>
            <Segmented
              label="Handler"
              value={form.handler}
              onChange={(handler) => change({ handler })}
              options={runHandlers(source.queue).map((value) => ({ value, label: handlerLooks[value].label }))}
            />
          </div>
          {form.handler === 'own' && (
            <HandlerFileInput
              file={form.file}
              problem={tried ? problems.file : undefined}
              onChange={(file) => change({ file })}
            />
          )}
          {processHandlers.has(form.handler) && (
            <LimitsInputs form={form.limits} tried={tried} alone onChange={(limits) => change({ limits })} />
          )}
          <Notice tone="warn">{effects[form.handler]}</Notice>
          {run.isError && (
            <div className="mt-2">
              <Notice tone="bad" live>
                {errorSentence(run.error)}
              </Notice>
            </div>
          )}
          <button type="submit" hidden />
        </form>
      )}
    </Dialog>
  )
}
