import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('laravel/peer.php', import.meta.url))

/** Exit codes by which the probe says what is missing. */
const reasons: Readonly<Record<number, string>> = {
  3: 'php has no redis extension',
  4: 'illuminate/queue is not installed',
}

/** Why the real Laravel peer cannot run on this machine, in a few words; null when it can. */
export function laravelMissing(): string | null {
  const own = process.env.LARAVEL_AUTOLOAD ?? '/usr/share/php/Illuminate/Queue/autoload.php'
  const probe = `exit(!extension_loaded("redis") ? 3 : (is_file($argv[1]) ? 0 : 4));`
  const { status, error } = spawnSync('php', ['-r', probe, own], { stdio: 'ignore' })
  if (error !== undefined || status === null) return 'php is not installed'
  return status === 0 ? null : (reasons[status] ?? `php ended with ${status}`)
}

/** How a run of the peer ended and what it printed. */
export interface PeerRun {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
}

/** Runs the peer to its end; what it can be told stands at the head of peer.php. */
export function runLaravel(port: number, prefix: string, ...args: string[]): Promise<PeerRun> {
  return new Promise((resolve, reject) => {
    const child = spawn('php', [script, ...args], {
      env: { ...process.env, REDIS_PORT: String(port), LARAVEL_PREFIX: prefix },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const add = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on('data', add)
    child.stderr.on('data', add)
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, output }))
  })
}
