import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { SshHost } from '../../src/domain/profile.ts'
import { listProcesses, treeOf } from '../../src/engine/commands/process-table.ts'
import { freePort } from '../redis.ts'
import { makeSshKey, type SshKeyType } from './ssh-key.ts'
import { sshProgram } from './ssh-programs.ts'

/** A throw-away sshd of OpenSSH on loopback, with its own keys and its own list of who may log in with a key. */
export interface TestSshd {
  /** How to log in, with a key: `login` and `keyFile` are the test's. */
  readonly host: SshHost
  /** Its host keys, in SSH's own format. */
  readonly hostKeys: readonly Buffer[]
  /** Lets whoever has this key log in; `ssh-ed25519 AAAA…`. */
  authorize(publicKey: string): void
  /** Ends it with all its sessions, as kill -9 does. */
  kill(): Promise<void>
  /** Cuts the sessions there are; new ones may come. */
  killSessions(): Promise<void>
  /** How many are logged in, or about to. */
  sessions(): Promise<number>
  /** Brings it back at the same port, with new host keys where asked for. */
  start(fresh?: { readonly hostKeys?: readonly SshKeyType[] }): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts an sshd; `settings` are lines for its configuration, which come first and so win. Run by root, it needs a user
 * of its own in the machine's passwd and a folder in /run to shut itself into. To leave the machine as it is, root
 * starts it as another user there is, who then is the one that can log in; anybody else starts it as himself. An sshd
 * that is not root's cannot look up passwords: see ssh-server.ts for these.
 */
export async function startSshd(
  settings: readonly string[] = [],
  types: readonly SshKeyType[] = ['ed25519'],
): Promise<TestSshd> {
  const isRoot = process.getuid?.() === 0
  const user = isRoot ? someUser() : null
  const found = sshProgram('sshd')
  if (found === null) throw new Error('no sshd: run npm run setup')
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-sshd-'))
  const owner = user ? { uid: user.uid, gid: user.gid } : {}
  const own = (path: string) => (user ? chownSync(path, user.uid, user.gid) : undefined)
  own(folder)
  const port = await freePort()
  const program = isRoot ? within(folder, found) : found
  const authorized = join(folder, 'authorized_keys')
  let lines = ''
  let child: ChildProcess | null = null
  let hostKeys: Buffer[] = []

  function write(name: string, text: string): string {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    own(path)
    return path
  }

  function makeHostKeys(wanted: readonly SshKeyType[]): string[] {
    hostKeys = []
    return wanted.map((type) => {
      const pair = makeSshKey(type)
      hostKeys.push(Buffer.from(pair.public.split(' ')[1] ?? '', 'base64'))
      return write(`host_${type}`, pair.private)
    })
  }

  function configure(keys: readonly string[]): string {
    const parts = ['session', 'auth'].flatMap((part) => {
      const path = join(dirname(program), `sshd-${part}`)
      return existsSync(path) ? [`Sshd${part === 'session' ? 'Session' : 'Auth'}Path ${path}`] : []
    })
    const usual = [
      ...keys.map((path) => `HostKey ${path}`),
      ...['ListenAddress 127.0.0.1', `Port ${port}`, `AuthorizedKeysFile ${authorized}`, 'PidFile none', 'UsePAM no'],
      ...['StrictModes no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'UseDNS no'],
      ...['LogLevel ERROR', 'MaxStartups 100', 'LoginGraceTime 20'],
    ]
    // Newer ones keep away for a while who failed, which here is everybody who tests that; older ones do not know it.
    const patient = [...settings, ...usual, ...parts, 'PerSourcePenalties no']
    const file = write('sshd_config', `${patient.join('\n')}\n`)
    if (spawnSync(program, ['-t', '-f', file], owner).status === 0) return file
    return write('sshd_config', `${[...settings, ...usual, ...parts].join('\n')}\n`)
  }

  let config = configure(makeHostKeys(types))
  write('authorized_keys', lines)

  async function start(fresh: { readonly hostKeys?: readonly SshKeyType[] } = {}) {
    if (fresh.hostKeys) config = configure(makeHostKeys(fresh.hostKeys))
    // -r: before 9.8 it would run itself anew for each session, without the libraries that the launcher names.
    const started = spawn(program, ['-D', '-e', '-r', '-f', config], { ...owner, stdio: ['ignore', 'ignore', 'pipe'] })
    child = started
    let output = ''
    started.stderr.on('data', (chunk) => {
      output += chunk
    })
    // It says nothing when it is ready; it is when it greets.
    while (!(await greets(port))) {
      if (started.exitCode !== null) throw new Error(`sshd ended with ${started.exitCode}: ${output}`)
      await pause(10)
    }
  }

  const childrenOf = async (pid: number) => treeOf(await listProcesses(), pid).slice(1)
  async function killSessions() {
    if (child?.pid === undefined) return
    for (const { pid } of await childrenOf(child.pid)) end(pid)
  }

  async function kill() {
    const running = child
    child = null
    if (running?.pid === undefined || running.exitCode !== null) return
    const gone = new Promise((resolve) => running.once('exit', resolve))
    const sessions = await childrenOf(running.pid)
    running.kill('SIGKILL')
    await gone
    for (const { pid } of sessions) end(pid)
  }

  await start()
  return {
    get hostKeys() {
      return hostKeys
    },
    host: {
      ...{ host: '127.0.0.1', port, login: 'key', keyFile: '' },
      username: user?.name ?? userInfo().username,
    },
    authorize(publicKey) {
      lines += `${publicKey.trim()}\n`
      write('authorized_keys', lines)
    },
    ...{ kill, killSessions, start },
    // One that serves an open session is a child with one of its own below it only for root.
    sessions: async () => (child?.pid === undefined ? 0 : (await childrenOf(child.pid)).length),
    async stop() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A user of this machine who is not root and may log in. Not `nobody`: systemd says that this one is locked. */
function someUser(): { name: string; uid: number; gid: number } {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name = '', , uid, gid, , , shell = ''] = line.split(':')
    if (Number(uid) > 0 && name !== 'nobody' && existsSync(shell)) return { name, uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('there is no user but root')
}

/** What set-up fetched for root lies in root's own folder, where nobody else may look: a copy is run. */
function within(folder: string, program: string): string {
  if (program.startsWith('/usr/')) return program
  const copy = join(folder, 'ssh')
  mkdirSync(copy)
  // With links as they are: a user who is not root may not look into the folder they would lead to.
  for (const part of ['bin', 'root'])
    cpSync(join(dirname(dirname(program)), part), join(copy, part), { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin', basename(program))
}

function end(pid: number) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it ended by itself
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', (chunk) => {
      resolve(chunk.toString().startsWith('SSH-'))
      socket.destroy()
    })
    socket.once('close', () => resolve(false))
    socket.on('error', () => {})
  })
}
