import './zod-without-eval.ts'
import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import { createTanstackQueryUtils } from '@orpc/tanstack-query'
import { useStore } from 'zustand'
import { type Contract, contract } from '../../contract/contract.ts'
import { EngineLink, type EngineStatus } from './engine-link.ts'
import { openSession } from './transport.ts'

function isCommand([group, verb]: readonly string[]): boolean {
  const table: Record<string, Record<string, { '~orpc': { meta: { kind?: unknown } } }>> = contract
  return table[group ?? '']?.[verb ?? '']?.['~orpc'].meta.kind === 'command'
}

const link = new EngineLink(openSession, isCommand)

/** The engine, as the contract says it: `await client.queues.page({ ... })`. Streams: see `useStream`. */
export const client: ContractRouterClient<Contract> = createORPCClient(link)

/** The same for TanStack Query: `useQuery(orpc.redis.stats.queryOptions({ input }))`. */
export const orpc = createTanstackQueryUtils(client)

/** Begins to look for the engine. Once, from main.tsx. */
export function connectToEngine(): void {
  void link.run()
}

/** Whether the engine answers, and since when. */
export function useEngineStatus(): EngineStatus {
  return useStore(link.status)
}

/** Calls back each time the line to the engine is up again after it was cut. */
export function onEngineBack(back: () => void): () => void {
  return link.status.subscribe((now, before) => {
    if (now.phase === 'up' && before.phase === 'gone') back()
  })
}
