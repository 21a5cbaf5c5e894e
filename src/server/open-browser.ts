import { spawn } from 'node:child_process'

/** The command that opens an address in the person's browser; null where there is no display. */
export function browserCommand(
  address: string,
  platform: NodeJS.Platform,
  env: Readonly<NodeJS.ProcessEnv>,
): { command: string; args: string[] } | null {
  if (platform === 'darwin') return { command: 'open', args: [address] }
  // rundll32 takes the address as it is; `start` would need a shell, and a shell's quoting.
  if (platform === 'win32') return { command: 'rundll32', args: ['url.dll,FileProtocolHandler', address] }
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return null
  return { command: 'xdg-open', args: [address] }
}

/** Opens the person's browser where there is one; the address is printed anyway, so a failure needs no word. */
export function openBrowser(address: string): void {
  const found = browserCommand(address, process.platform, process.env)
  if (found === null) return
  const child = spawn(found.command, found.args, { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}
