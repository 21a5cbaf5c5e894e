import type { Link } from '../../domain/link.ts'
import { orpc } from '../api/client.ts'
import { queryClient } from '../api/query-client.ts'
import { setArrival } from '../state/arrival.ts'
import { closedStatus, isOpen, useConnectionStore } from '../state/connections.ts'
import { toast } from '../ui/toast.tsx'
import { navigate } from './hash-location.ts'
import { linkPlace } from './link-place.model.ts'

/** Goes where a link leads. It never connects: where the connection is not open, a person is shown it and a sentence. */
export async function followLink(link: Link): Promise<void> {
  const [profiles, statuses] = await Promise.all([
    queryClient.fetchQuery({ ...orpc.profiles.list.queryOptions(), staleTime: 0 }),
    firstStatuses(),
  ])
  const profile = profiles.find(({ id }) => id === link.connectionId)
  const status = statuses[link.connectionId] ?? closedStatus(link.connectionId)
  const place = linkPlace(link, profile === undefined ? null : isOpen({ profile, status }))
  if (place.kind === 'unknown') {
    toast.error('That link leads to a connection that is not known here: it may come from another computer.')
    return
  }
  setArrival(place.kind === 'closed' ? link : null)
  navigate(place.route)
}

/** What the connections do, as soon as that is known: a link may be what started Sluice. */
function firstStatuses() {
  return new Promise<NonNullable<ReturnType<typeof useConnectionStore.getState>['statuses']>>((resolve) => {
    const { statuses } = useConnectionStore.getState()
    if (statuses !== null) return resolve(statuses)
    const stop = useConnectionStore.subscribe((state) => {
      if (state.statuses === null) return
      stop()
      resolve(state.statuses)
    })
  })
}
