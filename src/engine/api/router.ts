import { appRoutes } from './app-routes.ts'
import { on, type Parts } from './boundary.ts'
import { bulkRoutes } from './bulk-routes.ts'
import { connectionRoutes } from './connection-routes.ts'
import { queueRoutes } from './queue-routes.ts'
import { requestRoutes } from './request-routes.ts'
import { workerRoutes } from './worker-routes.ts'

/** The engine's side of the boundary: one handler for each line of the contract, none with logic of its own. */
export function createRouter(parts: Parts) {
  return on.router({
    ...appRoutes(parts),
    ...connectionRoutes(parts),
    ...queueRoutes(parts),
    ...bulkRoutes(parts),
    ...requestRoutes(parts),
    ...workerRoutes(parts),
  })
}

export type Router = ReturnType<typeof createRouter>
