import type { HandlerId, PoolStatus, RenderedMessage } from '../../../domain/pool.ts'
import type { Handler } from '../handler.ts'
import { emailHandler } from './email/email-handler.ts'
import type { MessagingSettings } from './settings.ts'
import { smsHandler } from './sms/sms-handler.ts'

/** The handlers that render a message. */
export type MessageHandlerId = Extract<HandlerId, 'email' | 'sms'>

/** Hears of every message that a handler rendered, once for each try. */
export type OnMessage = (message: Omit<RenderedMessage, 'id' | 'poolId' | 'at'>) => void

const makers = { email: emailHandler, sms: smsHandler } as const satisfies Record<MessageHandlerId, unknown>

/** The handler of that id; `mode` says whether it sends or only shows, `problem` why it only shows although a key is set. */
export function messageHandler(
  id: MessageHandlerId,
  settings: MessagingSettings,
  onMessage: OnMessage,
): { handler: Handler; mode: PoolStatus['mode']; problem: string | null } {
  return {
    handler: makers[id](settings, onMessage),
    mode: settings[id] === null ? 'dev' : 'live',
    problem: settings.problems[id],
  }
}
