import { useMutation, useQuery } from '@tanstack/react-query'
import { Copy, Eye, EyeOff } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { type Connection, useConnection } from '../../state/connections.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { copyText } from '../../ui/copy-text.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { focusFirstProblem } from '../../ui/focus-problem.ts'
import { Field, Input, TextArea } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { apiProblems, curlExample, originsOf } from './api-panel.model.ts'

/** Whether the HTTP API listens, and where. */
export const apiStatus = () => orpc.api.status.queryOptions({ staleTime: 0 })

const settled = { onSettled: () => void queryClient.invalidateQueries({ queryKey: orpc.api.key() }) }

/** The HTTP API for programs of this computer: off until somebody starts it here. */
export function ApiDialog({ connection, onClose }: { connection: Connection; onClose(): void }) {
  const { data, error } = useQuery(apiStatus())
  const stop = useMutation(orpc.api.stop.mutationOptions(settled))
  const on = data !== undefined && data.address !== null
  return (
    <Dialog
      open
      title="HTTP API"
      description="Other programs can follow, begin and change requests by it, and read queues. It listens on this computer only, and asks for its token."
      onClose={onClose}
      footer={
        <>
          {on && (
            <Button className="mr-auto text-bad!" busy={stop.isPending} onClick={() => stop.mutate(undefined)}>
              Stop the API
            </Button>
          )}
          <Button onClick={onClose}>Close</Button>
        </>
      }
    >
      {error !== null && <Notice tone="bad">{errorSentence(error)}</Notice>}
      {data === undefined ? (
        error === null && <Skeleton className="h-24 w-full" />
      ) : data.address === null ? (
        <StartApi connection={connection} />
      ) : (
        <RunningApi address={data.address} token={data.token} connectionId={data.connectionId} here={connection} />
      )}
    </Dialog>
  )
}

function StartApi({ connection }: { connection: Connection }) {
  const [port, setPort] = useState('')
  const [origins, setOrigins] = useState('')
  const [tried, setTried] = useState(false)
  const start = useMutation(orpc.api.start.mutationOptions({ ...settled, meta: { quiet: true } }))
  const problems = apiProblems({ port, origins })
  const submit = () => {
    setTried(true)
    if (Object.keys(problems).length > 0) return focusFirstProblem()
    if (start.isPending) return
    start.mutate({ connectionId: connection.profile.id, port: Number(port), origins: originsOf(origins) })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <p className="mb-3 flex items-center gap-2" role="status">
        <span className="size-2 rounded-full border-[1.5px] border-faint" aria-hidden />
        <span>
          It is off. Started here, it serves <RedisText text={connection.profile.name} className="font-semibold" />.
        </span>
      </p>
      <div className="grid grid-cols-[1fr_2fr] gap-x-3">
        <Field label="Port" error={tried ? problems.port : null} hint="empty: any free one">
          <Input inputMode="numeric" value={port} onChange={(event) => setPort(event.target.value)} />
        </Field>
        <Field
          label="Pages that may call it"
          error={tried ? problems.origins : null}
          hint="origins, one in a line; programs that are no pages need none"
        >
          <TextArea
            mono
            rows={2}
            placeholder="https://shop.example"
            value={origins}
            onChange={(event) => setOrigins(event.target.value)}
          />
        </Field>
      </div>
      {start.isError && (
        <div className="mb-2">
          <Notice tone="bad" live>
            {errorSentence(start.error)}
          </Notice>
        </div>
      )}
      <Button type="submit" look="primary" busy={start.isPending}>
        Start the API
      </Button>
    </form>
  )
}

interface RunningApiProps {
  address: string
  token: string | null
  connectionId: string | null
  /** The connection of the screen. */
  here: Connection
}

function RunningApi({ address, token, connectionId, here }: RunningApiProps) {
  const [open, setOpen] = useState(false)
  const served = useConnection(connectionId)
  const shown = open ? token : null
  return (
    <div className="flex flex-col gap-3">
      <p className="flex items-center gap-2" role="status">
        <span className="size-2 rounded-full bg-good" aria-hidden />
        <span>
          It is on
          {served !== undefined && (
            <>
              {' '}
              and serves <RedisText text={served.profile.name} className="font-semibold" />
            </>
          )}
          .
        </span>
      </p>
      {connectionId !== null && connectionId !== here.profile.id && (
        <Notice tone="warn">It serves another connection than the one of this screen. Stop it to start it here.</Notice>
      )}
      <Line label="Address" text={address} />
      {token !== null && (
        <Line
          label="Token"
          text={token}
          shown={open ? token : '•'.repeat(24)}
          tool={
            <IconButton
              label={open ? 'Hide the token' : 'Show the token'}
              icon={open ? <EyeOff size={13} aria-hidden /> : <Eye size={13} aria-hidden />}
              onClick={() => setOpen(!open)}
            />
          }
        />
      )}
      <Line
        label="Try it"
        text={curlExample(address, token, '/api/queues/stats')}
        shown={curlExample(address, shown, '/api/queues/stats')}
      />
      <Line
        label="Description"
        text={curlExample(address, token, '/openapi.json')}
        shown={curlExample(address, shown, '/openapi.json')}
      />
      <p className="text-sm text-faint">
        The description is an OpenAPI file with every path, what it takes and what it answers. What is copied has the
        token in it.
      </p>
    </div>
  )
}

interface LineProps {
  label: string
  /** What is copied. */
  text: string
  shown?: string
  tool?: ReactNode
}

function Line({ label, text, shown = text, tool }: LineProps) {
  const copy = () =>
    copyText(text).then(
      () => toast.good('Copied.'),
      () => toast.error('The clipboard cannot be written.'),
    )
  return (
    <div className="grid grid-cols-[84px_1fr_auto] items-start gap-2">
      <span className="leading-6 text-muted">{label}</span>
      <RedisText text={shown} mono selectable className="min-w-0 rounded-md bg-sunken px-2 py-1 wrap-anywhere" />
      <span className="flex">
        {tool}
        <IconButton label={`Copy: ${label}`} icon={<Copy size={13} aria-hidden />} onClick={() => void copy()} />
      </span>
    </div>
  )
}
