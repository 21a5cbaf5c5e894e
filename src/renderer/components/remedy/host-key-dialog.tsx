import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { HostKey } from '../../../domain/profile.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { fingerprintRows } from './host-key.model.ts'

interface HostKeyDialogProps {
  hostKey: HostKey
  /** The fingerprint trusted so far, when the host now shows another. */
  before: string | null
  onTrusted(): void
  onClose(): void
}

/** Has a person compare the key of an SSH server before it is trusted; one that changed needs a second look. */
export function HostKeyDialog({ hostKey, before, onTrusted, onClose }: HostKeyDialogProps) {
  const { host, port, type, fingerprint } = hostKey
  const [compared, setCompared] = useState(false)
  const [typed, setTyped] = useState('')
  const changed = before !== null
  const trust = useMutation(
    orpc.profiles.trustHostKey.mutationOptions({
      meta: { quiet: true },
      onSuccess: () => {
        void queryClient.invalidateQueries({ queryKey: orpc.profiles.hostKeys.key() })
        onTrusted()
      },
    }),
  )
  const comparison = changed
    ? 'I compared the new fingerprint with one from who runs the server'
    : 'I compared the fingerprint: it is the same'
  const ready = compared && (!changed || typed.trim() === host)
  return (
    <Dialog
      open
      alert
      title={changed ? 'The key of this SSH server changed' : 'Is this the right SSH server?'}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{changed ? 'Do not connect' : 'Cancel'}</Button>
          <Button
            look={changed ? 'danger' : 'primary'}
            disabled={!ready}
            busy={trust.isPending}
            onClick={() => trust.mutate(hostKey)}
            onKeyDown={(event) => {
              // Pressed on purpose with the mouse or Space, never by an Enter that was meant for something else.
              if (changed && event.key === 'Enter') event.preventDefault()
            }}
          >
            {changed ? 'Trust the new key' : 'Trust this key'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {changed ? (
          <Notice tone="bad">
            <strong className="font-semibold">Somebody may be listening in.</strong> Either the server was set up anew,
            or another computer answers in its place and would see passwords and data. Ask who runs it, over another way
            than this one. Nothing was sent to it.
          </Notice>
        ) : (
          <p>
            Sluice has not seen this server before. Compare the fingerprint with one from who runs it, or with what{' '}
            <code className="font-mono text-sm">ssh-keygen -lf</code> prints on the server itself.
          </p>
        )}
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
          <dt className="text-muted">Server</dt>
          <dd className="min-w-0">
            <RedisText text={`${host}:${port}`} mono selectable className="wrap-anywhere" />
          </dd>
          <dt className="text-muted">Kind of key</dt>
          <dd className="min-w-0">
            <RedisText text={type} mono selectable className="wrap-anywhere" />
          </dd>
          <dt className="text-muted">Fingerprint</dt>
          <dd className="min-w-0">
            <Fingerprint text={fingerprint} />
          </dd>
          {changed && (
            <>
              <dt className="text-muted">Trusted so far</dt>
              <dd className="min-w-0 text-muted">
                <Fingerprint text={before} />
              </dd>
            </>
          )}
        </dl>
        <Checkbox checked={compared} onChange={setCompared} label={comparison}>
          {comparison}
        </Checkbox>
        {changed && (
          <Field
            label={
              <>
                Type <RedisText text={host} mono className="font-semibold text-ink" selectable /> to trust the new key
              </>
            }
          >
            <Input mono dir="ltr" value={typed} onChange={(event) => setTyped(event.target.value)} />
          </Field>
        )}
        {trust.isError && (
          <Notice tone="bad" live>
            {errorSentence(trust.error)}
          </Notice>
        )}
      </div>
    </Dialog>
  )
}

/** A fingerprint in groups that the eye can compare; copied it is whole. */
function Fingerprint({ text }: { text: string }) {
  return (
    <span data-selectable="" className="font-mono text-sm wrap-anywhere">
      {fingerprintRows(text).map((group, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: groups have no identity but their place
        <span key={place} className="mr-1.5 inline-block">
          <RedisText text={group} />
        </span>
      ))}
    </span>
  )
}
