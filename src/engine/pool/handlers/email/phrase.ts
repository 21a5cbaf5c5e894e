/** A sentence in both forms of a message. Values inside it are data: escaped, and isolated from the text's direction. */
export interface Phrase {
  readonly text: string
  readonly html: string
}

/** A template tag: say`Hello ${name}`. */
export function say(strings: TemplateStringsArray, ...values: readonly string[]): Phrase {
  let text = ''
  let html = ''
  strings.forEach((part, i) => {
    text += part
    html += escapeHtml(part)
    const value = values[i]
    if (value === undefined) return
    text += printable(value)
    html += `<bdi>${escapeHtml(printable(value)).replace(/\n/g, '<br>')}</bdi>`
  })
  return { text, html }
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** Without control characters other than line breaks, which a mail must not carry. */
function printable(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n]/gu, '')
}

/** On one line, for a subject: a line break there could add headers. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
