import { CircleAlert, PartyPopper } from 'lucide-react'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'

export function NoFailures({ connectionId, anyOpen }: { connectionId: string | null; anyOpen: boolean }) {
  if (!anyOpen) {
    return (
      <EmptyState
        icon={<CircleAlert size={20} />}
        title="No connection is open"
        action={
          <Button look="primary" onClick={() => navigate(routes.section('profiles'))}>
            Choose a connection
          </Button>
        }
      >
        Failed jobs of every open connection are gathered here, one line a cause.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={<PartyPopper size={20} />}
      title="No failed jobs"
      action={<Button onClick={() => navigate(routes.section('overview', connectionId))}>Show the queues</Button>}
    >
      Every job ran, or is still to run. When one fails for good it appears here, with all others that failed for the
      same reason.
    </EmptyState>
  )
}
