import { useMutation, useQuery } from '@tanstack/react-query'
import { hostText } from '../../../domain/redis-url.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Notice } from '../../ui/notice.tsx'
import { plainVisible } from '../../ui/redis-text.model.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'

/** The keys of SSH servers that a person vouched for. */
export function HostKeysDialog({ onClose }: { onClose(): void }) {
  const { data, error, isPending } = useQuery(orpc.profiles.hostKeys.queryOptions())
  const forget = useMutation(
    orpc.profiles.forgetHostKey.mutationOptions({
      meta: { quiet: true },
      onSuccess: () => queryClient.invalidateQueries({ queryKey: orpc.profiles.hostKeys.key() }),
    }),
  )
  return (
    <Dialog
      open
      width="wide"
      title="Keys of SSH servers"
      description="Somebody compared these. A server that shows another key is not logged in to."
      onClose={onClose}
      footer={
        <Button look="primary" onClick={onClose}>
          Close
        </Button>
      }
    >
      {error !== null ? (
        <Notice tone="bad">{errorSentence(error)}</Notice>
      ) : isPending ? (
        <SkeletonRows rows={3} />
      ) : data.length === 0 ? (
        <p className="py-4 text-center text-muted">No SSH server is trusted yet.</p>
      ) : (
        <ul className="divide-y divide-line rounded-md border border-line">
          {data.map((key) => (
            <li key={`${hostText(key)} ${key.type}`} className="flex items-center gap-3 py-1.5 pr-2 pl-3">
              <div className="min-w-0 flex-1">
                <RedisText text={hostText(key)} selectable className="font-medium wrap-anywhere" />
                <div className="text-sm text-muted">
                  <RedisText text={`${key.type} ${key.fingerprint}`} mono selectable className="wrap-anywhere" />
                </div>
              </div>
              <Button
                size="small"
                aria-label={plainVisible(`Forget the key of ${hostText(key)}`)}
                busy={forget.isPending && forget.variables.host === key.host && forget.variables.port === key.port}
                onClick={() => forget.mutate({ host: key.host, port: key.port })}
              >
                Forget
              </Button>
            </li>
          ))}
        </ul>
      )}
      {forget.isError && (
        <Notice tone="bad" live>
          {errorSentence(forget.error)}
        </Notice>
      )}
    </Dialog>
  )
}
