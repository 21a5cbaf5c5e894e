import { useMutation } from '@tanstack/react-query'
import { Pause, Play } from 'lucide-react'
import { useState } from 'react'
import type { QueueRef } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { whyNotWrite } from '../../components/action-guard.model.ts'
import { GuardedButton } from '../../components/guarded-button.tsx'
import type { Connection } from '../../state/connections.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { toast } from '../../ui/toast.tsx'

interface PauseButtonProps {
  connection: Connection
  queue: QueueRef
  paused: boolean
}

/** Stops the workers of a queue from beginning jobs, wherever they run, and lets them go on. */
export function PauseButton({ connection, queue, paused }: PauseButtonProps) {
  const [asking, setAsking] = useState(false)
  const target = { connectionId: connection.profile.id, queue }
  const pause = useMutation(
    orpc.queues.pause.mutationOptions({ onSuccess: () => toast.good('Paused: no worker begins a job of it.') }),
  )
  const resume = useMutation(
    orpc.queues.resume.mutationOptions({ onSuccess: () => toast.good('Resumed: workers take its jobs again.') }),
  )
  const act = () => {
    setAsking(false)
    if (paused) resume.mutate(target)
    else pause.mutate(target)
  }
  const production = connection.profile.environment === 'production'
  return (
    <>
      <GuardedButton
        icon={paused ? <Play size={13} aria-hidden /> : <Pause size={13} aria-hidden />}
        reason={whyNotWrite(connection)}
        hint={paused ? 'Let workers take its jobs again' : 'Let no worker begin a job of this queue'}
        look={paused ? 'primary' : 'plain'}
        busy={pause.isPending || resume.isPending}
        onClick={() => (production ? setAsking(true) : act())}
      >
        {paused ? 'Resume' : 'Pause'}
      </GuardedButton>
      {asking && (
        <ConfirmDialog
          open
          title={
            <>
              {paused ? 'Resume' : 'Pause'} <RedisText text={queue.name} />?
            </>
          }
          confirmLabel={paused ? 'Resume the queue' : 'Pause the queue'}
          onConfirm={act}
          onCancel={() => setAsking(false)}
        >
          {paused
            ? 'Every worker of this queue takes jobs again, on all machines.'
            : 'No worker begins a job of this queue any more, on any machine. Jobs that run go on to their end.'}
        </ConfirmDialog>
      )}
    </>
  )
}
