/** Bytes in a row of a dump. */
export const hexColumns = 16

/** Number of bytes that a base64 text holds. */
export function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return Math.floor(text.length / 4) * 3 - padding
}

/** One row of a dump: `offset`, sixteen bytes in hexadecimal, and as characters where they are printable ASCII. */
export function hexRow(base64: string, row: number): { offset: string; hex: string; characters: string } {
  const first = row * hexColumns
  // Four characters hold three bytes: decode the few groups that hold this row, not the whole.
  const group = Math.floor(first / 3)
  const decoded = atob(base64.slice(group * 4, group * 4 + 28))
  const bytes = decoded.slice(first - group * 3, first - group * 3 + hexColumns)
  const hex = Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0'))
  return {
    offset: first.toString(16).padStart(8, '0'),
    hex: `${hex.slice(0, 8).join(' ')}  ${hex.slice(8).join(' ')}`.padEnd(48),
    characters: bytes.replace(/[^\x20-\x7e]/g, '.'),
  }
}

/** The bytes of a base64 text. */
export function bytesOfBase64(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))
}
