import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { create } from 'zustand'
import type { ConnectionStatus, Profile } from '../../domain/profile.ts'
import { orpc } from '../api/client.ts'

/** The status of every profile by its id, fed by connections.watch alone; null until it first spoke. */
export const useConnectionStore = create<{ statuses: Readonly<Record<string, ConnectionStatus>> | null }>(() => ({
  statuses: null,
}))

export function feedConnections(statuses: readonly ConnectionStatus[]): void {
  useConnectionStore.setState({ statuses: Object.fromEntries(statuses.map((status) => [status.connectionId, status])) })
}

/** A profile with what its connection does now. */
export interface Connection {
  readonly profile: Profile
  readonly status: ConnectionStatus
}

const closed = (connectionId: string): ConnectionStatus => ({
  connectionId,
  status: 'closed',
  since: 0,
  problem: null,
  writable: false,
  unlockedUntil: null,
})

/** All profiles with their status, in the order in which profiles are listed; undefined while they are being read. */
export function useConnections(): Connection[] | undefined {
  const { data } = useQuery(orpc.profiles.list.queryOptions())
  const statuses = useConnectionStore((state) => state.statuses)
  return useMemo(
    () => data?.map((profile) => ({ profile, status: statuses?.[profile.id] ?? closed(profile.id) })),
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
