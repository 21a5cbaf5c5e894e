import { shell } from 'electron'

/** Sites that the console's own text may link to. What a job's payload links to is never opened. */
const knownHosts: ReadonlySet<string> = new Set(['redis.io', 'valkey.io'])

/** Whether the person's browser may be opened at an address: https, a known host, nothing hidden in user or port. */
export function mayOpen(address: string): boolean {
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  const plain = url.username === '' && url.password === '' && url.port === ''
  return url.protocol === 'https:' && plain && knownHosts.has(url.hostname)
}

/** The only way out of the app: opens the person's browser, or does nothing for an address that may not be opened. */
export function openExternal(address: string): void {
  if (mayOpen(address)) void shell.openExternal(address)
}
