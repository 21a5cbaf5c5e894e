/** A JSON value whose numbers are exact: those that JavaScript would round are their digits, as text. Throws what JSON.parse does. */
export function parseExact(json: string): unknown {
  return JSON.parse(
    json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
      token.startsWith('"') || isExact(token) ? token : `"${token}"`,
    ),
  )
}

/** 15 significant digits survive in a double; whole numbers up to 2^53. */
function isExact(number: string): boolean {
  if (/^-?\d+$/.test(number)) return Number.isSafeInteger(Number(number))
  const [digits = ''] = number.split(/[eE]/)
  return digits.replace(/[-.]/g, '').replace(/^0+/, '').length <= 15
}
