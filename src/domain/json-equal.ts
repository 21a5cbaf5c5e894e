import { typeOf } from './json-place.ts'
import { elements, jsonScalar, members } from './json-text.ts'

/** Deeper than this, values are equal only where their texts are. */
const deepest = 200

/** Whether two raw JSON values are the same value: members in any order, numbers by what they are worth, to the last digit. */
export function sameJson(a: string, b: string, depth = 0): boolean {
  if (a === b) return true
  const type = typeOf(a)
  if (type !== typeOf(b) || depth > deepest) return false
  switch (type) {
    case 'number':
      return normalNumber(a.trim()) === normalNumber(b.trim())
    case 'text':
      return jsonScalar(a.trim()) === jsonScalar(b.trim())
    case 'list': {
      const [left, right] = [elements(a), elements(b)]
      return left.length === right.length && left.every((raw, i) => sameJson(raw, right[i] as string, depth + 1))
    }
    case 'object': {
      const [left, right] = [memberMap(a), memberMap(b)]
      if (left.size !== right.size) return false
      for (const [key, raw] of left) {
        const other = right.get(key)
        if (other === undefined || !sameJson(raw, other, depth + 1)) return false
      }
      return true
    }
    default:
      return a.trim() === b.trim()
  }
}

function memberMap(text: string): Map<string, string> {
  return new Map(members(text).map(({ key, valueStart, valueEnd }) => [key, text.slice(valueStart, valueEnd)]))
}

/** A JSON number in the one form that equal ones share: its digits without zeros at either end, and their exponent. */
export function normalNumber(raw: string): string {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(raw) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const short = digits.replace(/0+$/, '')
  if (short === '') return '0'
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - short.length)
  return `${sign}${short}e${power}`
}
