import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { QueueRef } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { whyNotWrite } from '../../components/action-guard.model.ts'
import { GuardedButton } from '../../components/guarded-button.tsx'
import type { Connection } from '../../state/connections.ts'
import { toast } from '../../ui/toast.tsx'

interface TellButtonProps {
  connection: Connection
  worker: { queue: QueueRef; id: string }
  command: 'pause' | 'continue'
}

/** Tells a worker of another program something through Redis; it obeys at its next turn. */
export function TellButton({ connection, worker, command }: TellButtonProps) {
  const queries = useQueryClient()
  const tell = useMutation(
    orpc.workers.tell.mutationOptions({
      onSuccess: () => toast.good(`Told it to ${command}: it does so within a second or two.`),
      onSettled: () => void queries.invalidateQueries({ queryKey: orpc.workers.key() }),
    }),
  )
  return (
    <GuardedButton
      size="small"
      reason={whyNotWrite(connection)}
      busy={tell.isPending}
      onClick={() =>
        tell.mutate({ connectionId: connection.profile.id, queue: worker.queue, worker: worker.id, command })
      }
    >
      {command === 'pause' ? 'Pause' : 'Continue'}
    </GuardedButton>
  )
}
