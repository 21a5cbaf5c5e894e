/** How e-mail goes out through SendGrid. */
export interface SendGridSettings {
  readonly key: string
  readonly from: { readonly email: string; readonly name: string | null }
  /** Base address, without a path. */
  readonly url: string
  readonly timeoutMs: number
}

/** How SMS go out through MSG91. */
export interface Msg91Settings {
  readonly key: string
  readonly sender: string
  readonly url: string
  /** Ids of registered templates by message type; a type without one is sent as text. */
  readonly templates: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** The service that does the work of tracked requests. */
export interface LocalApiSettings {
  readonly url: string
  readonly timeoutMs: number
}

/** What the message handlers need. Without a provider (null) messages are rendered and shown, not sent: dev mode. */
export interface MessagingSettings {
  /** What the messages call the sender. */
  readonly brand: string
  readonly email: SendGridSettings | null
  readonly sms: Msg91Settings | null
  readonly localApi: LocalApiSettings
  /** How long showing a message takes in dev mode, in ms: 0, but for a demo in which workers should be seen to work. */
  readonly previewMs: number
  /** Why a provider stays unused although something is set for it; by handler. */
  readonly problems: { readonly email: string | null; readonly sms: string | null }
}

const timeoutMs = 30_000
const localApiUrl = 'http://127.0.0.1:9999'
const localApiSeconds = 180
const defaultBrand = 'Cashback'

/**
 * Reads SENDGRID_API_KEY, EMAIL_FROM ("Name <address>" or an address), SENDGRID_URL, MSG91_AUTH_KEY, MSG91_SENDER_ID,
 * MSG91_URL, and MSG91_TEMPLATE_<TYPE> (MSG91_TEMPLATE_OTP, ...); LOCAL_API_URL, and LOCAL_API_TIMEOUT in seconds.
 */
export function messagingSettings(env: Readonly<Record<string, string | undefined>>, previewMs = 0): MessagingSettings {
  const value = (name: string) => env[name]?.trim() || null
  const from = senderOf(value('EMAIL_FROM'))
  const sendgridKey = value('SENDGRID_API_KEY')
  const msg91Key = value('MSG91_AUTH_KEY')
  const sender = value('MSG91_SENDER_ID')
  const prefix = 'MSG91_TEMPLATE_'
  const templates = Object.keys(env).flatMap((name) => {
    const id = name.startsWith(prefix) ? value(name) : null
    return id === null ? [] : [[name.slice(prefix.length).toLowerCase(), id]]
  })
  return {
    brand: from?.name ?? defaultBrand,
    previewMs,
    localApi: {
      url: value('LOCAL_API_URL') ?? localApiUrl,
      timeoutMs: 1000 * secondsOf(value('LOCAL_API_TIMEOUT'), localApiSeconds),
    },
    email:
      sendgridKey !== null && from !== null
        ? { key: sendgridKey, from, url: baseOf(value('SENDGRID_URL') ?? 'https://api.sendgrid.com'), timeoutMs }
        : null,
    sms:
      msg91Key !== null && sender !== null
        ? {
            key: msg91Key,
            sender,
            url: baseOf(value('MSG91_URL') ?? 'https://control.msg91.com'),
            templates: Object.fromEntries(templates),
            timeoutMs,
          }
        : null,
    problems: {
      email:
        sendgridKey !== null && from === null
          ? 'SENDGRID_API_KEY is set, but EMAIL_FROM holds no address: messages are only shown.'
          : null,
      sms:
        msg91Key !== null && sender === null
          ? 'MSG91_AUTH_KEY is set, but MSG91_SENDER_ID is not: messages are only shown.'
          : null,
    },
  }
}

function senderOf(text: string | null): SendGridSettings['from'] | null {
  const named = /^"?([^"<]*?)"?\s*<([^<>\s]+@[^<>\s]+)>$/.exec(text ?? '')
  if (named) return { email: named[2] as string, name: named[1] || null }
  return text !== null && /^[^<>\s]+@[^<>\s]+$/.test(text) ? { email: text, name: null } : null
}

const baseOf = (url: string) => url.replace(/\/+$/, '')

function secondsOf(text: string | null, usual: number): number {
  const seconds = Number(text ?? usual)
  return Number.isFinite(seconds) && seconds > 0 ? seconds : usual
}
