import { type Handler, HandlerError } from '../../handler.ts'
import { messageOf } from '../../lists/verdict.ts'
import type { OnMessage } from '../message-handler.ts'
import { preview } from '../preview.ts'
import type { MessagingSettings } from '../settings.ts'
import { mobileNumber, sendByMsg91 } from './msg91.ts'
import { smsTemplates } from './sms-templates.ts'

/** Renders the SMS that a job asks for, and sends it where MSG91 is set up. */
export function smsHandler(settings: MessagingSettings, onMessage: OnMessage): Handler {
  return async (job, { signal, attempt, log }) => {
    const type = job.type ?? ''
    const template = Object.hasOwn(smsTemplates, type) ? smsTemplates[type] : undefined
    if (template === undefined) throw new HandlerError(`There is no SMS of type "${type}".`, { retryable: false })
    const to = mobileNumber(job.to)
    const text = template(job.data, settings.brand).replace(/\p{Cc}+/gu, ' ')
    const message = { channel: 'sms', type, to: `+${to}`, subject: null, text, html: null, attempt } as const
    if (settings.sms === null) {
      await preview(settings.previewMs, signal)
      log(`${type} to +${to}: ${text} (not sent, no provider is set up)`)
      return onMessage({ ...message, outcome: 'previewed', error: null })
    }
    try {
      await sendByMsg91(settings.sms, { type, to, text, variables: job.data }, signal)
    } catch (error) {
      onMessage({ ...message, outcome: 'failed', error: messageOf(error) })
      throw error
    }
    onMessage({ ...message, outcome: 'sent', error: null })
  }
}
