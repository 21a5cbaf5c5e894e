import { app } from './app.ts'
import { failures, journal, operations, searches, transfers, trash } from './bulk.ts'
import { connections, profiles, vault } from './connections.ts'
import { queues, redis, schedules, telemetry } from './queues.ts'
import { api, requests } from './requests.ts'
import { commands, handlers, policies, pools, workers } from './workers.ts'

/**
 * THE boundary: everything a screen may ask of the engine, read aloud as group.verb. JSON only; times are epoch ms;
 * payloads travel as text exactly as stored; secrets cross inwards only. Every input is validated in the engine.
 */
export const contract = {
  app,
  profiles,
  vault,
  connections,
  telemetry,
  queues,
  schedules,
  searches,
  operations,
  trash,
  transfers,
  redis,
  failures,
  requests,
  api,
  handlers,
  commands,
  pools,
  policies,
  workers,
  journal,
}

export type Contract = typeof contract
