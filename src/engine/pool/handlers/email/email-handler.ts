import { type Handler, HandlerError } from '../../handler.ts'
import { messageOf } from '../../lists/verdict.ts'
import type { OnMessage } from '../message-handler.ts'
import { preview } from '../preview.ts'
import type { MessagingSettings } from '../settings.ts'
import { emailTemplates } from './email-templates.ts'
import { renderEmail } from './render-email.ts'
import { emailAddress, sendBySendGrid } from './sendgrid.ts'

/** Renders the e-mail that a job asks for, and sends it where SendGrid is set up. */
export function emailHandler(settings: MessagingSettings, onMessage: OnMessage): Handler {
  return async (job, { signal, attempt, log }) => {
    const type = job.type ?? ''
    const template = Object.hasOwn(emailTemplates, type) ? emailTemplates[type] : undefined
    if (template === undefined) throw new HandlerError(`There is no e-mail of type "${type}".`, { retryable: false })
    const to = emailAddress(job.to)
    const email = renderEmail(template(job.data, settings.brand), settings.brand)
    const message = { channel: 'email', type, to, attempt, ...email } as const
    if (settings.email === null) {
      await preview(settings.previewMs, signal)
      log(`${type} to ${to}: "${email.subject}" (not sent, no provider is set up)\n${email.text}`)
      return onMessage({ ...message, outcome: 'previewed', error: null })
    }
    try {
      await sendBySendGrid(settings.email, to, email, job.id, signal)
    } catch (error) {
      onMessage({ ...message, outcome: 'failed', error: messageOf(error) })
      throw error
    }
    onMessage({ ...message, outcome: 'sent', error: null })
  }
}
