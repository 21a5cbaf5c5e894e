/** A fingerprint in groups of eight, its `SHA256:` apart: two long texts can be compared group by group. */
export function fingerprintRows(fingerprint: string): string[] {
  const [, kind = '', rest = ''] = /^([A-Za-z0-9]+:)?(.*)$/s.exec(fingerprint) ?? []
  const groups = [...rest].reduce<string[]>((rows, character, place) => {
    if (place % 8 === 0) rows.push('')
    rows[rows.length - 1] += character
    return rows
  }, [])
  return kind === '' ? groups : [kind, ...groups]
}
