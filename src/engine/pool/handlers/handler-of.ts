import { SluiceError } from '../../../domain/errors.ts'
import type { PoolConfig, PoolStatus } from '../../../domain/pool.ts'
import type { HandlerProcesses, HandlerTarget } from '../../processes/handler-processes.ts'
import type { Handler } from '../handler.ts'
import { httpHandler } from './http/http-handler.ts'
import { messageHandler, type OnMessage } from './message-handler.ts'
import { requestHandler } from './request/request-handler.ts'
import type { MessagingSettings } from './settings.ts'

/** A handler and how it stands: `mode` says whether it acts or only shows, `problem` why it only shows although a key is set. */
export interface ReadyHandler {
  readonly handler: Handler
  readonly mode: PoolStatus['mode']
  readonly problem: string | null
  /** What it runs in; null where that is Sluice itself. To be closed by whoever asked for the handler. */
  readonly processes: HandlerProcesses | null
}

export type StartProcesses = (target: HandlerTarget) => HandlerProcesses

export interface HandlerParts {
  readonly settings: MessagingSettings
  /** Whether calls may reach private networks; asked for each call. */
  readonly privateTargets: () => boolean
  readonly startProcesses: StartProcesses
  readonly onMessage: OnMessage
}

/** The handler that a configuration names. Only those that render messages ever merely show them. */
export function handlerOf({ handler, file }: Pick<PoolConfig, 'handler' | 'file'>, parts: HandlerParts): ReadyHandler {
  switch (handler) {
    case 'email':
    case 'sms':
      return { ...messageHandler(handler, parts.settings, parts.onMessage), processes: null }
    case 'http':
      return live(httpHandler({ privateTargets: parts.privateTargets }))
    case 'request':
      return live(requestHandler(parts.settings.localApi))
    case 'csv':
      return inProcesses(parts.startProcesses({ kind: 'built-in', name: 'csv' }))
    case 'own':
      if (file === null) throw new SluiceError('INVALID_INPUT', 'A handler of your own needs its file.')
      return inProcesses(parts.startProcesses({ kind: 'file', file }))
  }
}

const live = (handler: Handler): ReadyHandler => ({ handler, mode: 'live', problem: null, processes: null })

const inProcesses = (processes: HandlerProcesses): ReadyHandler => ({ ...live(processes.handler), processes })
