import { useQueryClient } from '@tanstack/react-query'
import { client, orpc } from '../api/client.ts'
import { errorSentence } from '../api/error-text.ts'
import { useStream } from '../api/use-stream.ts'
import { feedConnections, useConnectionStore } from '../state/connections.ts'
import { feedNotifications } from '../state/notifications.ts'
import { feedOperationRuns } from '../state/operation-runs.ts'
import { feedTelemetry } from '../state/telemetry.ts'
import { feedVault } from '../state/vault.ts'
import { RedisText } from '../ui/redis-text.tsx'
import { toast } from '../ui/toast.tsx'
import { followLink } from './follow-link.ts'
import { tellEnded } from './runs/tell-ended.ts'
import { useAttention } from './use-attention.ts'

/** Keeps the stores of live data fed as long as the app is up. Draws nothing. */
export function Feeds() {
  const queries = useQueryClient()
  useStream(
    'connections',
    (signal) => client.connections.watch(undefined, { signal }),
    (statuses) => {
      const known = useConnectionStore.getState().statuses
      feedConnections(statuses)
      // A profile came or went, perhaps in another window.
      if (known !== null && statuses.some(({ connectionId }) => known[connectionId] === undefined)) {
        void queries.invalidateQueries({ queryKey: orpc.profiles.key() })
      }
    },
  )
  useStream(
    'operations',
    (signal) => client.operations.watch(undefined, { signal }),
    (runs) => {
      for (const run of feedOperationRuns(runs)) tellEnded(run)
    },
  )
  useStream(
    'notifications',
    (signal) => client.app.notifications(undefined, { signal }),
    (list) => {
      for (const { level, title, text } of feedNotifications(list)) {
        const words = <NotificationText title={title} text={text} />
        if (level === 'error') toast.error(words)
        else toast.info(words)
      }
    },
  )
  useStream('vault', (signal) => client.vault.watch(undefined, { signal }), feedVault)
  useStream(
    'links',
    (signal) => client.app.links(undefined, { signal }),
    (link) => void followLink(link).catch((error: unknown) => toast.error(errorSentence(error))),
  )
  useAttention()
  useStream('telemetry', (signal) => client.telemetry.watch(undefined, { signal }), feedTelemetry)
  return null
}

function NotificationText({ title, text }: { title: string; text: string }) {
  return (
    <>
      <RedisText text={title} className="block text-left font-medium wrap-anywhere" />
      <RedisText text={text} className="line-clamp-4 text-left text-muted wrap-anywhere" />
    </>
  )
}
