import { HandlerError } from '../../handler.ts'
import { postJson } from '../post-json.ts'
import type { SendGridSettings } from '../settings.ts'
import type { RenderedEmail } from './render-email.ts'

/** Sends one e-mail by SendGrid's v3 mail/send, which answers 202 when it took the message. */
export async function sendBySendGrid(
  settings: SendGridSettings,
  to: string,
  email: RenderedEmail,
  jobId: string | null,
  signal: AbortSignal,
): Promise<void> {
  const { key, from, url, timeoutMs } = settings
  await postJson({
    service: 'SendGrid',
    url: `${url}/v3/mail/send`,
    headers: { authorization: `Bearer ${key}` },
    body: {
      personalizations: [{ to: [{ email: to }], ...(jobId === null ? {} : { custom_args: { job_id: jobId } }) }],
      from: { email: from.email, ...(from.name === null ? {} : { name: from.name }) },
      subject: email.subject,
      content: [
        { type: 'text/plain', value: email.text },
        { type: 'text/html', value: email.html },
      ],
    },
    secret: key,
    timeoutMs,
    signal,
    detailOf: sendGridErrors,
  })
}

/** `{"errors":[{"message","field"}]}` */
function sendGridErrors(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null || !('errors' in answer) || !Array.isArray(answer.errors))
    return null
  const messages = answer.errors.flatMap((error: unknown) =>
    typeof error === 'object' && error !== null && 'message' in error ? [String(error.message)] : [],
  )
  return messages.length === 0 ? null : messages.join(' ')
}

/** An address as one person may have it: no name, no list, no line break. Throws a HandlerError that is not retryable. */
export function emailAddress(to: string | null): string {
  const address = to?.trim() ?? ''
  if (!/^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+\.[^\s@<>(),;:"[\]\\.]+$/.test(address) || address.length > 254) {
    throw new HandlerError(`"${address.slice(0, 100)}" is not an e-mail address.`, { retryable: false })
  }
  return address
}
