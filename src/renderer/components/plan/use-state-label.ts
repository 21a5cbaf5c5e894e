import { useQuery } from '@tanstack/react-query'
import type { QueueRef } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'

/** What states are called: each by its system, or by its id while that is not known. */
export function useStateLabel(): (queue: QueueRef, state: string) => string {
  const { data } = useQuery(orpc.app.systems.queryOptions({ staleTime: Number.POSITIVE_INFINITY }))
  return ({ system }, state) =>
    data?.find(({ id }) => id === system)?.states.find(({ id }) => id === state)?.label ?? state
}
