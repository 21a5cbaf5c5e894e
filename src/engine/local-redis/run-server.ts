import { type ChildProcess, spawn } from 'node:child_process'

/**
 * The server must not outlive Sluice, whatever ends it, and must not end with it by a Ctrl+C that reaches the whole
 * terminal, while pools still drain. So it runs in a group of its own, under a shell that holds one end of a pipe: when
 * the other end closes, for whatever reason, the shell tells the server to finish.
 */
const keeper = `
exec 3<&0 </dev/null
"$0" "$1" 3<&- &
server=$!
( cat <&3 >/dev/null; kill -TERM "$server" ) 2>/dev/null &
wait "$server"`

/** A running server process. */
export interface ServerProcess {
  /** Resolves with what it printed last when it has ended. */
  readonly ended: Promise<string>
  /** Asks it to write everything and end. */
  finish(): void
}

/** Starts a server with a configuration file; resolves when it accepts connections, rejects with its own words when it ends before. */
export function runServer(binary: string, configFile: string): Promise<ServerProcess> {
  const child: ChildProcess =
    process.platform === 'win32'
      ? spawn(binary, [configFile], { stdio: ['pipe', 'pipe', 'pipe'] })
      : spawn('/bin/sh', ['-c', keeper, binary, configFile], { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  let output = ''
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', () => resolve(output.trim().split('\n').slice(-3).join(' ')))
  })
  child.stdin?.on('error', () => {}) // the pipe breaks when the server is gone, which `ended` tells
  const server: ServerProcess = {
    ended,
    finish() {
      if (process.platform === 'win32') child.kill()
      else child.stdin?.end()
    },
  }
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output = (output + chunk).slice(-4000)
        if (/Ready to accept connections/.test(output)) resolve(server)
      })
    }
    ended.then((words) => reject(new Error(words || 'it ended without a word')))
  })
}
