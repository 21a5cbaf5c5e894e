import { useMutation, useQuery } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { orpc } from '../api/client.ts'
import { errorSentence } from '../api/error-text.ts'
import { queryClient } from '../api/query-client.ts'
import { Button } from '../ui/button.tsx'
import { Field, Input } from '../ui/input.tsx'
import { Notice } from '../ui/notice.tsx'
import { RedisText } from '../ui/redis-text.tsx'
import { Select } from '../ui/select.tsx'
import { handlerFileName, handlerNameProblem } from './handler-file.model.ts'

const byPath = 'by-path'
const fresh = 'new'

interface HandlerFileInputProps {
  /** Whole path; empty for none. */
  file: string
  problem: string | null | undefined
  onChange(file: string): void
}

/** Which file handles the jobs: one of the folder of handlers, a new one, or any by its path; and whether it is one. */
export function HandlerFileInput({ file, problem, onChange }: HandlerFileInputProps) {
  const { data, error } = useQuery(orpc.handlers.list.queryOptions())
  const [mode, setMode] = useState<typeof byPath | typeof fresh | 'list'>('list')
  const check = useMutation(orpc.handlers.check.mutationOptions({ meta: { quiet: true } }))
  const files = data?.files ?? []
  const listed = files.some(({ path }) => path === file)
  // A path that was kept from elsewhere is shown as typed.
  const shown = mode === 'list' && file !== '' && !listed && data !== undefined ? byPath : mode
  const choose = (next: string) => {
    check.reset()
    if (next === byPath || next === fresh) {
      setMode(next)
      if (next === fresh) onChange('')
    } else {
      setMode('list')
      onChange(next)
    }
  }
  return (
    <div className="mb-1">
      <div className="flex items-start gap-2">
        <Field
          label="File"
          className="flex-1"
          error={shown === 'list' ? problem : undefined}
          hint={
            error !== null ? (
              errorSentence(error)
            ) : listed ? (
              <RedisText text={file} mono truncate selectable className="text-xs!" />
            ) : (
              'It exports handle(job, ctx), and is loaded again when it changes.'
            )
          }
        >
          <Select
            label="File"
            placeholder="Choose a file"
            value={shown === 'list' ? (listed ? file : null) : shown}
            onChange={choose}
            options={[
              ...files.map(({ path, name }) => ({ value: path, label: <RedisText text={name} truncate /> })),
              { value: byPath, label: 'Another, by its path…' },
              { value: fresh, label: 'New handler…' },
            ]}
          />
        </Field>
        <Button
          className="mt-5"
          disabled={file.trim() === ''}
          busy={check.isPending}
          onClick={() => check.mutate({ file: file.trim() })}
        >
          Check
        </Button>
      </div>
      {shown === byPath && (
        <Field label="Path" error={problem} hint="The whole path of a .js, .mjs or .ts file">
          <Input
            mono
            value={file}
            onChange={(event) => {
              check.reset()
              onChange(event.target.value)
            }}
          />
        </Field>
      )}
      {shown === fresh && (
        <NewHandler
          folder={data?.folder}
          wanted={problem != null}
          onMade={(path) => {
            setMode('list')
            onChange(path)
          }}
        />
      )}
      <div role="status" className="empty:hidden">
        {check.data !== undefined &&
          (check.data.problem === null ? (
            <p className="mb-1 flex items-center gap-1.5 text-good">
              <CircleCheck size={14} aria-hidden /> It loads, and exports a handler.
            </p>
          ) : (
            <div className="mb-2">
              <Notice tone="bad">
                <RedisText text={check.data.problem} lines selectable className="wrap-anywhere" />
              </Notice>
            </div>
          ))}
        {check.isError && <Notice tone="bad">{errorSentence(check.error)}</Notice>}
      </div>
    </div>
  )
}

interface NewHandlerProps {
  folder: string | undefined
  /** Somebody tried to go on without it. */
  wanted: boolean
  onMade(path: string): void
}

/** A name, and a file with a template in it. */
function NewHandler({ folder, wanted, onMade }: NewHandlerProps) {
  const [name, setName] = useState('')
  const [tried, setTried] = useState(false)
  const create = useMutation(
    orpc.handlers.create.mutationOptions({
      meta: { quiet: true },
      onSuccess: async ({ path }) => {
        await queryClient.invalidateQueries({ queryKey: orpc.handlers.key() })
        onMade(path)
      },
    }),
  )
  const problem = handlerNameProblem(name)
  const submit = () => {
    setTried(true)
    if (problem === null && !create.isPending) create.mutate({ name: handlerFileName(name) })
  }
  return (
    <div className="flex items-start gap-2">
      <Field
        label="Name of the file"
        className="flex-1"
        error={
          create.error === null
            ? tried
              ? problem
              : wanted
                ? 'Create the file first.'
                : null
            : errorSentence(create.error)
        }
        hint={
          folder === undefined ? undefined : <span className="wrap-anywhere">written with a template to {folder}</span>
        }
      >
        <Input
          mono
          placeholder="resize-images.mjs"
          value={name}
          onChange={(event) => {
            create.reset()
            setName(event.target.value)
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault() // it would start the workers
            submit()
          }}
        />
      </Field>
      <Button className="mt-5" busy={create.isPending} onClick={submit}>
        Create the file
      </Button>
    </div>
  )
}
