import { HandlerError } from '../../handler.ts'
import { oneLine } from '../answer.ts'
import { postJson } from '../post-json.ts'
import type { Msg91Settings } from '../settings.ts'

export interface Sms {
  readonly type: string
  /** Digits with the country code, no plus. */
  readonly to: string
  readonly text: string
  /** The values of a registered template, by the names it has for them. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * Sends one SMS by MSG91: through its v5 flow API where a registered template is set for the type, else as text through
 * v2 sendsms. It answers some errors with status 200 and `type: "error"`.
 */
export async function sendByMsg91(settings: Msg91Settings, sms: Sms, signal: AbortSignal): Promise<void> {
  const { key, sender, url, timeoutMs } = settings
  const template = Object.hasOwn(settings.templates, sms.type) ? settings.templates[sms.type] : undefined
  const answer = await postJson({
    service: 'MSG91',
    url: template === undefined ? `${url}/api/v2/sendsms` : `${url}/api/v5/flow/`,
    headers: { authkey: key },
    body:
      template === undefined
        ? {
            sender,
            route: '4', // transactional
            country: '0', // numbers carry their own country code
            unicode: isPlain(sms.text) ? '0' : '1',
            sms: [{ message: sms.text, to: [sms.to] }],
          }
        : { template_id: template, sender, short_url: '0', recipients: [{ ...sms.variables, mobiles: sms.to }] },
    secret: key,
    timeoutMs,
    signal,
    detailOf: msg91Message,
  })
  if (typeof answer === 'object' && answer !== null && 'type' in answer && answer.type === 'error') {
    const detail = oneLine(msg91Message(answer) ?? 'no reason given', [key])
    throw new HandlerError(`MSG91 refused the message: ${detail}`, { retryable: false })
  }
}

/** `{"type","message"}` */
function msg91Message(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null || !('message' in answer)) return null
  return typeof answer.message === 'string' ? answer.message : null
}

/** Whether a text needs no Unicode SMS, which hold less than half as many characters. */
const isPlain = (text: string) => /^[\n\r\x20-\x5f\x61-\x7e]*$/.test(text)

/** A number as MSG91 wants it: digits with the country code. Throws a HandlerError that is not retryable. */
export function mobileNumber(to: string | null): string {
  const digits = (to ?? '')
    .trim()
    .replace(/^\+|^00/, '')
    .replace(/[\s().-]/g, '')
  if (!/^[1-9]\d{7,14}$/.test(digits)) {
    throw new HandlerError(`"${(to ?? '').slice(0, 40)}" is not a mobile number.`, { retryable: false })
  }
  return digits
}
