import { SluiceError } from '../../domain/errors.ts'
import type { QueuePolicy } from '../../domain/policy.ts'
import { type PoolConfig, poolDefaults } from '../../domain/pool.ts'
import type { Command } from '../../systems/handles.ts'
import type { Connection } from '../redis/connection.ts'
import { type Actor, sendAll } from './actor.ts'
import { bullActor, bullWorkerName, fillBull } from './bull.ts'
import { bullmqActor, bullmqWorkerName, fillBullmq } from './bullmq.ts'
import { fillHorizon, horizonActor } from './horizon.ts'
import { fillHttpJobs, httpJobsActor } from './http-jobs.ts'
import { fillLaravel, laravelActor, laravelPolicies } from './laravel.ts'
import { fillMessages, messageProducer } from './messages.ts'
import { fillOtherLists, otherListsActor } from './other-lists.ts'
import { keepPresent } from './presence.ts'
import { Random } from './random.ts'
import { fillRequests, requestsActor } from './requests.ts'

export interface DemoOptions {
  readonly connection: Connection
  /** True only for the private Redis that Sluice itself runs: the demo writes to no other. */
  readonly isPrivate: boolean
}

export interface Demo {
  /** Ends all movement; what was filled stays. */
  stop(): Promise<void>
}

/** Says that a Redis was filled, so that the next start goes on from there. */
const marker = 'sluice:demo'
const seed = 20_261_122
const workerNames = [bullWorkerName, bullmqWorkerName]

/**
 * Fills the private Redis with sample jobs of all systems, unless it was filled before, and keeps producers and the
 * workers of others moving: some 5 to 15 jobs a second, and everything bounded, so that it may run for days. The workers
 * of e-mail and SMS are Sluice's own; see demoPools. Throws READ_ONLY for any Redis but the private one.
 */
export async function startDemo({ connection, isPrivate }: DemoOptions): Promise<Demo> {
  if (!isPrivate || !connection.profile.builtIn) {
    throw new SluiceError('READ_ONLY', 'The demo writes to the private Redis of Sluice alone.')
  }
  const writer = await connection.dedicated('demo')
  try {
    if ((await writer.call('EXISTS', marker)) === 0) await sendAll(writer, fillCommands(Date.now()))
  } catch (error) {
    writer.close()
    throw error
  }

  const random = new Random(Date.now())
  const actors = [
    messageProducer(),
    otherListsActor(),
    httpJobsActor(),
    requestsActor(),
    laravelActor(),
    horizonActor(),
    bullActor(),
    bullmqActor(),
  ]
  let running = true
  const timers = new Map<Actor, NodeJS.Timeout>()
  const turns = new Map<Actor, Promise<void>>()

  function plan(actor: Actor): void {
    if (!running) return
    const wait = actor.everyMs * (0.8 + random.next() * 0.4)
    timers.set(
      actor,
      setTimeout(() => {
        // A turn that fails (Redis away, a key that somebody changed) is over; the next one looks at things anew.
        const turn = actor.turn(writer, random, Date.now()).catch(() => {})
        turns.set(
          actor,
          turn.then(() => plan(actor)),
        )
      }, wait),
    )
  }
  for (const actor of actors) plan(actor)
  const presences = workerNames.map((name) => keepPresent(connection, name))

  return {
    async stop() {
      running = false
      for (const timer of timers.values()) clearTimeout(timer)
      for (const leave of presences) leave()
      await Promise.all(turns.values())
      writer.close()
    },
  }
}

/** All of the first filling as one transaction, the same from run to run but for the times, which count from `now`. */
export function fillCommands(now: number): Command[] {
  const random = new Random(seed)
  return [
    ['MULTI'],
    ...fillMessages(random, now),
    ...fillOtherLists(random, now),
    ...fillHttpJobs(random, now),
    ...fillRequests(random, now),
    ...fillLaravel(random, now),
    ...fillHorizon(random, now),
    ...fillBull(random, now),
    ...fillBullmq(random, now),
    ['SET', marker, new Date(now).toISOString()],
    ['EXEC'],
  ]
}

/** The pools that belong to the demo: the workers of its e-mail and SMS queues. */
export function demoPools(connectionId: string): PoolConfig[] {
  const common: Omit<PoolConfig, 'queueName' | 'handler'> = {
    ...poolDefaults,
    ...{ connectionId, system: 'plain-list', queuePrefix: 'queue:' },
    backoff: { kind: 'exponential', firstMs: 10_000, longestMs: 60_000 },
  }
  return [
    { ...common, queueName: 'email', handler: 'email', scale: { by: 'fixed', count: 3 } },
    { ...common, queueName: 'sms', handler: 'sms', scale: { by: 'fixed', count: 2 } },
  ]
}

/** What is expected of the demo's queues as long as nobody changed it. */
export function demoPolicies(): QueuePolicy[] {
  return laravelPolicies()
}
