import { isNumber, toMs } from '../../components/whole-number.model.ts'

export const mostDelays = 50

/** Delays in ms from "30, 60, 120" (seconds; brackets as in code may stand around them); null when it is no such list. */
export function delaysOf(text: string): number[] | null {
  const parts = text
    .trim()
    .replace(/^\[(.*)\]$/s, '$1')
    .replace(/,\s*$/, '')
    .split(/\s*,\s*|\s+/)
    .map((part) => part.trim())
  if (parts.length > mostDelays || !parts.every((part) => isNumber(part, 0, 86_400))) return null
  return parts.map(toMs)
}
