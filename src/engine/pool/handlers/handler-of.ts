import type { HandlerId, PoolStatus } from '../../../domain/pool.ts'
import type { Handler } from '../handler.ts'
import { httpHandler } from './http/http-handler.ts'
import { messageHandler, type OnMessage } from './message-handler.ts'
import type { MessagingSettings } from './settings.ts'

/** A handler and how it stands: `mode` says whether it acts or only shows, `problem` why it only shows although a key is set. */
export interface ReadyHandler {
  readonly handler: Handler
  readonly mode: PoolStatus['mode']
  readonly problem: string | null
}

/** The handler of that id. HTTP calls need no key, so they are always live, and they render no message. */
export function handlerOf(id: HandlerId, settings: MessagingSettings, onMessage: OnMessage): ReadyHandler {
  if (id === 'http') return { handler: httpHandler(), mode: 'live', problem: null }
  return messageHandler(id, settings, onMessage)
}
