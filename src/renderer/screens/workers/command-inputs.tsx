import { ChevronRight, Plus, X } from 'lucide-react'
import { useId } from 'react'
import { drainSignals } from '../../../domain/worker-command.ts'
import { ScaleInputs } from '../../components/scale-inputs.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Select } from '../../ui/select.tsx'
import { type CommandForm, restartWords } from './command-form.model.ts'
import { splitWords } from './command-line.model.ts'
import { CommandQueues } from './command-queues.tsx'

interface CommandInputsProps {
  form: CommandForm
  tried: boolean
  problem(field: keyof CommandForm): string | undefined
  change(next: Partial<CommandForm>): void
  advanced: boolean
  onAdvanced(open: boolean): void
}

/** What is run, where, on which queues and how often. */
export function CommandInputs(props: CommandInputsProps) {
  const { form, tried, problem, change } = props
  return (
    <>
      <Field label="Name" error={problem('name')} hint="on its card, and in the notifications">
        <Input dir="auto" value={form.name} onChange={(event) => change({ name: event.target.value })} />
      </Field>
      <Field
        label="Command"
        error={problem('line')}
        hint="A program and its arguments. No shell reads it; {queue} stands for the queue of a process."
      >
        <Input
          mono
          placeholder="php artisan queue:work redis --queue={queue}"
          value={form.line}
          onChange={(event) => change({ line: event.target.value })}
          aria-invalid={problem('line') !== undefined}
        />
      </Field>
      <Words line={form.line} />
      <Field label="Folder" error={problem('folder')} hint="in which it runs, by its whole path">
        <Input
          mono
          placeholder="/srv/shop"
          value={form.folder}
          onChange={(event) => change({ folder: event.target.value })}
          aria-invalid={problem('folder') !== undefined}
        />
      </Field>
      <CommandQueues form={form} problem={problem('queues')} change={change} />
      <ScaleInputs form={form.scale} tried={tried} noun="processes" onChange={(scale) => change({ scale })} />
      <Environment {...props} />
      <Ending {...props} />
    </>
  )
}

/** Each word as the program gets it, so that quotes are no riddle. */
function Words({ line }: { line: string }) {
  const words = splitWords(line)
  if (words === null || words.length < 2) return null
  return (
    <ul aria-label="As the program gets it" className="-mt-1 mb-2 flex flex-wrap gap-1">
      {words.map((word, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: words may be equal; their order is their identity
        <li key={place} className="flex max-w-full min-w-0 rounded-sm bg-hover px-1.5 py-px">
          <RedisText text={word} mono className={place === 0 ? 'wrap-anywhere font-semibold' : 'wrap-anywhere'} />
        </li>
      ))}
    </ul>
  )
}

function Environment({ form, problem, change }: CommandInputsProps) {
  const { env } = form
  const set = (place: number, row: Partial<(typeof env)[number]>) =>
    change({ env: env.map((known, at) => (at === place ? { ...known, ...row } : known)) })
  return (
    <fieldset className="mb-2 flex flex-col gap-1.5">
      <legend className="mb-1 text-sm font-medium text-muted">Environment</legend>
      {env.map(({ name, value }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are told apart by their place while their names are typed
        <div key={place} className="flex items-center gap-1.5">
          <Input
            mono
            aria-label={`Name of variable ${place + 1}`}
            placeholder="NAME"
            value={name}
            onChange={(event) => set(place, { name: event.target.value })}
            className="w-2/5!"
          />
          <Input
            mono
            aria-label={`Value of variable ${place + 1}`}
            value={value}
            onChange={(event) => set(place, { value: event.target.value })}
          />
          <IconButton
            label="Take this variable out"
            type="button"
            icon={<X size={13} aria-hidden />}
            onClick={() => change({ env: env.filter((_, at) => at !== place) })}
          />
        </div>
      ))}
      <div className="flex items-center gap-3">
        <Button
          type="button"
          size="small"
          icon={<Plus size={12} aria-hidden />}
          onClick={() => change({ env: [...env, { name: '', value: '' }] })}
        >
          Add a variable
        </Button>
        <Checkbox
          checked={form.passRedisUrl}
          onChange={(passRedisUrl) => change({ passRedisUrl })}
          label="Set REDIS_URL to this connection"
        >
          Set REDIS_URL to this connection, password included
        </Checkbox>
      </div>
      <span role={problem('env') === undefined ? undefined : 'alert'} className="text-xs text-bad empty:hidden">
        {problem('env')}
      </span>
    </fieldset>
  )
}

/** How it is stopped, what it may take, and what follows when it ends by itself. */
function Ending({ form, problem, change, advanced, onAdvanced }: CommandInputsProps) {
  const panel = useId()
  const text = (field: 'drainSeconds' | 'firstSeconds' | 'longestSeconds' | 'giveUpAfter' | 'memoryMb') => ({
    value: form[field],
    inputMode: 'decimal' as const,
    onChange: (event: { target: { value: string } }) => change({ [field]: event.target.value }),
    'aria-invalid': problem(field) !== undefined,
  })
  return (
    <section aria-label="Advanced" className="mt-1">
      <button
        type="button"
        aria-expanded={advanced}
        aria-controls={panel}
        onClick={() => onAdvanced(!advanced)}
        className="group flex w-full items-start gap-1 text-start text-sm text-muted hover:text-ink"
      >
        <ChevronRight size={12} className="mt-0.5 shrink-0 group-aria-expanded:rotate-90" aria-hidden />
        <span className="font-medium">Advanced</span>
        {!advanced && <span className="text-faint">{restartWords(form)}</span>}
      </button>
      <div id={panel} hidden={!advanced} className="mt-2 grid grid-cols-3 gap-x-3 pl-4">
        <Field label="Stop it by" hint="it finishes what it has">
          <Select
            label="Stop it by"
            value={form.drainSignal}
            onChange={(drainSignal) => change({ drainSignal })}
            options={drainSignals.map((value) => ({ value, label: value }))}
          />
        </Field>
        <Field label="Kill it after" error={problem('drainSeconds')} hint="seconds to finish">
          <Input {...text('drainSeconds')} />
        </Field>
        <Field label="Memory limit" error={problem('memoryMb')} hint="MiB a process">
          <Input placeholder="no limit" {...text('memoryMb')} />
        </Field>
        <Field label="Start again after" error={problem('firstSeconds')} hint="seconds, doubling">
          <Input {...text('firstSeconds')} />
        </Field>
        <Field label="At the latest after" error={problem('longestSeconds')} hint="seconds">
          <Input {...text('longestSeconds')} />
        </Field>
        <Field label="Give it up after" error={problem('giveUpAfter')} hint="ends in a row">
          <Input {...text('giveUpAfter')} />
        </Field>
      </div>
    </section>
  )
}
