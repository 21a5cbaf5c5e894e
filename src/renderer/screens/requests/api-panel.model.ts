import { isWhole } from '../../components/whole-number.model.ts'

/** Origins that may call, from text with one in a line or commas between them. */
export function originsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((origin) => origin !== '')
}

/** What is wrong with the form of the HTTP API, by field. */
export function apiProblems({ port, origins }: { port: string; origins: string }): { port?: string; origins?: string } {
  const wrong = originsOf(origins).find((origin) => origin !== '*' && !isOrigin(origin))
  return {
    ...(port.trim() !== '' && !isWhole(port, 0, 65_535) && { port: '1 to 65,535, or empty.' }),
    ...(wrong !== undefined && { origins: `${wrong} is no origin: it is like https://shop.example` }),
  }
}

function isOrigin(text: string): boolean {
  try {
    return new URL(text).origin === text.replace(/\/$/, '')
  } catch {
    return false
  }
}

/** A call to try it with, in a terminal. The token is left out where it is hidden. */
export function curlExample(address: string, token: string | null, path: string): string {
  return `curl -H 'Authorization: Bearer ${token ?? '…'}' ${address}${path}`
}
