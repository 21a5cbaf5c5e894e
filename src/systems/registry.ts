import type { Action, SystemId, SystemInfo } from '../domain/queue.ts'
import { actions } from '../domain/queue.ts'
import { bull } from './bull/index.ts'
import { bullmq } from './bullmq/index.ts'
import { horizon } from './horizon/index.ts'
import { httpJobs } from './http-jobs/index.ts'
import { laravel } from './laravel/index.ts'
import { plainList } from './plain-list/index.ts'
import { requestTracker } from './request-tracker/index.ts'
import type { QueueSystem, State, WriteActions } from './system.ts'

/** Every queue system that Sluice knows, in the order in which screens list them. */
export const systems: readonly QueueSystem[] = [plainList, httpJobs, requestTracker, laravel, horizon, bull, bullmq]

/** The system with this id. */
export function systemOf(id: SystemId): QueueSystem {
  return systems.find((system) => system.id === id) as QueueSystem // ids are a closed list, and each has its system
}

/** The method behind each action. */
export const methodOf: Readonly<Record<Action, keyof WriteActions>> = {
  retry: 'retry',
  edit: 'editAndRetry',
  remove: 'remove',
  purge: 'purge',
  move: 'move',
  add: 'add',
  promote: 'promote',
  reschedule: 'reschedule',
  duplicate: 'duplicate',
  log: 'log',
  pause: 'pause',
  resume: 'resume',
}

/** True when the system can do this in this state, else the reason why it cannot. */
export function capability(system: QueueSystem, state: State, action: Action): true | string {
  if (state.cannot[action] !== undefined) return state.cannot[action]
  return system.write?.[methodOf[action]] !== undefined || `${system.label} queues cannot do this.`
}

/** What the screens know of a system. */
export function systemInfo(system: QueueSystem): SystemInfo {
  return {
    id: system.id,
    label: system.label,
    states: system.states.map((state) => ({
      id: state.id,
      label: state.label,
      kind: state.kind,
      counted: state.uncounted !== true,
      actions: Object.fromEntries(actions.map((action) => [action, capability(system, state, action)])) as Record<
        Action,
        true | string
      >,
    })),
    resetsAttempts: system.resetsAttempts ?? false,
    adds: system.adds ?? { name: false, options: null, payload: '{\n  "type": ""\n}' },
    finds: system.find !== undefined,
    live: system.live !== undefined,
    schedules: {
      list: system.schedules !== undefined,
      save: system.write?.saveSchedule !== undefined,
      remove: system.write?.removeSchedule !== undefined,
      run: system.write?.runSchedule !== undefined,
    },
  }
}
