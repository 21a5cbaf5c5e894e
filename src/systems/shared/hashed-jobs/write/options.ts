import { SluiceError } from '../../../../domain/errors.ts'

/** A whole number among options; null where it is left out. Throws INVALID_INPUT for anything else. */
export function wholeNumber(
  options: Readonly<Record<string, unknown>>,
  name: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number | null {
  const value = options[name]
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`
  throw new SluiceError('INVALID_INPUT', `The option ${name} is a whole number ${range}.`)
}

/** `backoff` as both libraries store it: an object, also where a number of ms was given. */
export function backoffOf({ backoff }: Readonly<Record<string, unknown>>): { backoff?: unknown } {
  if (backoff === undefined || backoff === null) return {}
  if (typeof backoff === 'number' && backoff >= 0) return { backoff: { type: 'fixed', delay: backoff } }
  if (typeof backoff === 'object' && typeof (backoff as { type?: unknown }).type === 'string') return { backoff }
  throw new SluiceError(
    'INVALID_INPUT',
    'The option backoff is a number of ms, or an object such as {"type":"exponential","delay":1000}.',
  )
}
