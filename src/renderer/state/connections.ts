import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { create } from 'zustand'
import type { ConnectionStatus, Profile } from '../../domain/profile.ts'
import { orpc } from '../api/client.ts'

/** The status of every profile by its id, fed by connections.watch alone; null until it first spoke. */
export const useConnectionStore = create<{ statuses: Readonly<Record<string, ConnectionStatus>> | null }>(() => ({
  statuses: null,
}))

/** The one way in. A status that is as it was stays the same object, so that only rows that changed are drawn. */
export function feedConnections(statuses: readonly ConnectionStatus[]): void {
  const before = useConnectionStore.getState().statuses ?? {}
  const known = (status: ConnectionStatus) => {
    const old = before[status.connectionId]
    return old !== undefined && JSON.stringify(old) === JSON.stringify(status) ? old : status
  }
  useConnectionStore.setState({
    statuses: Object.fromEntries(statuses.map((status) => [status.connectionId, known(status)])),
  })
}

/** A profile with what its connection does now. */
export interface Connection {
  readonly profile: Profile
  readonly status: ConnectionStatus
}

/** What a connection does that nobody opened. */
export const closedStatus = (connectionId: string): ConnectionStatus => ({
  connectionId,
  status: 'closed',
  since: 0,
  problem: null,
  code: null,
  remedy: null,
  servers: [],
  writable: false,
  unlockedUntil: null,
})

/** All profiles with their status, in the order in which profiles are listed; undefined while they are being read. */
export function useConnections(): Connection[] | undefined {
  const { data } = useQuery(orpc.profiles.list.queryOptions())
  const statuses = useConnectionStore((state) => state.statuses)
  return useMemo(
    () => data?.map((profile) => ({ profile, status: statuses?.[profile.id] ?? closedStatus(profile.id) })),
    [data, statuses],
  )
}

/** Those that a person wants open, whether Redis answers or not. */
export function useOpenConnections(): Connection[] | undefined {
  const connections = useConnections()
  return useMemo(() => connections?.filter(isOpen), [connections])
}

export function useConnection(connectionId: string | null): Connection | undefined {
  return useConnections()?.find(({ profile }) => profile.id === connectionId)
}

/** Whether a person opened it; it may still be connecting, or have lost Redis. */
export function isOpen({ status }: Connection): boolean {
  return status.status !== 'closed'
}

/** Whether it is production that can be written to now. */
export function isUnlocked({ status }: Connection): boolean {
  return status.unlockedUntil !== null && status.writable
}

/** Whether it is production that an unlock would let write. */
export function isLocked({ profile, status }: Connection): boolean {
  return profile.environment === 'production' && !profile.readOnly && !status.writable && status.status === 'ready'
}
