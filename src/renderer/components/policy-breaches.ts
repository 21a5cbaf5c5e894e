import { type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type Breach, judge, type Overrun, type Policy, type QueuePolicy } from '../../domain/policy.ts'
import { queueKey } from '../../domain/queue.ts'
import { orpc } from '../api/client.ts'
import type { Connection } from '../state/connections.ts'
import { useQueueSample } from '../state/telemetry.ts'

/** Looking at running jobs costs Redis a page a queue, so it is done now and then. */
const overrunMs = 15_000

const policiesOf = (connectionId: string) =>
  orpc.policies.list.queryOptions({ input: { connectionId }, staleTime: 60_000 })
const overrunsOf = (connectionId: string) => orpc.policies.overruns.queryOptions({ input: { connectionId } })

/** What is expected of the queues of one connection, and which of them had jobs that run too long. */
export interface Expected {
  readonly policies: readonly QueuePolicy[] | undefined
  readonly overruns: readonly Overrun[] | undefined
}

/**
 * What is expected on each of some connections, in their order; the same array until some of it changes. Keeps looking at
 * running jobs where a policy asks for it: once on a screen, however many of its rows then call `useBreaches`.
 */
export function useExpected(connections: readonly Connection[]): readonly Expected[] {
  const policies = useQueries({ queries: connections.map(({ profile }) => policiesOf(profile.id)), combine: dataOf })
  const overruns = useQueries({
    queries: connections.map(({ profile, status }, place) => ({
      ...overrunsOf(profile.id),
      enabled: status.status === 'ready' && policies[place]?.some(limitsRunning) === true,
      refetchInterval: overrunMs,
      retry: false,
    })),
    combine: dataOf,
  })
  return useMemo(
    () => policies.map((data, place) => ({ policies: data, overruns: overruns[place] })),
    [policies, overruns],
  )
}

/** Outside of the hook, so that it is the same function each time and results are combined anew only when one changed. */
function dataOf<T>(results: readonly UseQueryResult<T>[]): (T | undefined)[] {
  return results.map(({ data }) => data)
}

const limitsRunning = ({ policy }: QueuePolicy) => policy.timeoutSeconds !== null

/** What is expected of one queue; undefined where nothing is, or while that is being read. */
export function usePolicy(connectionId: string, key: string): Policy | undefined {
  const { data } = useQuery(policiesOf(connectionId))
  return data?.find(({ queue }) => queueKey(queue) === key)?.policy
}

const none: readonly Breach[] = []

/** How one queue is outside its policy now. */
export function useBreaches(connectionId: string, key: string): readonly Breach[] {
  const policy = usePolicy(connectionId, key)
  const sample = useQueueSample(connectionId, key)
  const { data: overruns } = useQuery({ ...overrunsOf(connectionId), enabled: false })
  if (policy === undefined) return none
  return judge(
    policy,
    sample,
    overruns?.find(({ queue }) => queueKey(queue) === key),
  )
}
