import { isJson } from '../../../domain/json-text.ts'

/** Larger payloads are not edited in a text field: it would be slow, and nobody reads them there. */
export const editableBytes = 1024 * 1024

/** Why a text is not JSON, with its line and column where they can be told; null when it is. */
export function jsonProblem(text: string): string | null {
  if (text.trim() === '') return 'There is no JSON yet.'
  if (isJson(text)) return null
  try {
    JSON.parse(text)
  } catch (error) {
    return sentenceOf(text, error instanceof Error ? error.message : '')
  }
  return null
}

/** The engine's own words ("Expected ',' or '}' after property value in JSON at position 30"), with a place for a person. */
function sentenceOf(text: string, message: string): string {
  const at = /at position (\d+)/.exec(message)?.[1]
  const end = /end of JSON input|Unterminated/i.test(message)
  const position = at === undefined ? (end ? text.length : null) : Number(at)
  const what = message
    .replace(/( in JSON)? at position.*/s, '')
    .replace(/, "?.*is not valid JSON$/s, '')
    .replace(/ JSON input$/, ' the text')
  if (position === null) return `Not JSON: ${what}.`
  const before = text.slice(0, position)
  const line = before.split('\n').length
  const column = position - before.lastIndexOf('\n')
  return `Line ${line}, column ${column}: ${what}.`
}
