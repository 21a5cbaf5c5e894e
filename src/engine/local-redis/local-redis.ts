import { randomBytes } from 'node:crypto'
import { mkdir, realpath } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import { holdDataFolder } from '../data-folder.ts'
import { backOffMs } from '../redis/back-off.ts'
import { findServer } from './find-server.ts'
import { freePort } from './free-port.ts'
import { endLeftOver, probe, shutDown } from './left-over.ts'
import { missingServer } from './missing-server.ts'
import { removeConfig, type ServerAccess, writeConfig } from './server-config.ts'
import { lastWarning, type ServerProcess, spawnServer, turnLog } from './server-process.ts'

/** The private Redis that Sluice runs for itself. */
export interface LocalRedis {
  /** Without the password; the same for the whole run, also when the server had to be started again. */
  readonly url: string
  readonly port: number
  readonly password: string
  /** Asks the server to end with its data on disk, and resolves when it has. Does nothing the second time. */
  stop(): Promise<void>
}

/** How long a starting server may stay silent; loading its data is not counted. */
const patienceMs = 20_000

/** How long a stopping server may take to write its data down before it is killed. */
const farewellMs = 10_000

/**
 * Starts the private server on a free loopback port, behind a password of its own, with its append-only file in
 * `folder`. The folder is held for this process and a server that an earlier run left there is ended first, so that two
 * never share it; no other server is ever touched. When it dies it is started again on the same port and data, and
 * `onProblem` hears of it in a sentence. Throws LOCAL_REDIS_MISSING where there is no server program, and INTERNAL with
 * the server's own words when it does not start.
 */
export async function startLocalRedis(options: {
  folder: string
  onProblem?: (sentence: string) => void
  /** The server program; by default what is found on this computer. */
  binary?: string | null
}): Promise<LocalRedis> {
  const { onProblem = () => {}, binary = findServer() } = options
  if (binary === null) throw missingServer()
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const folder = await realpath(options.folder)
  const release = await holdDataFolder(folder).catch((error: unknown) => {
    throw asSluiceError(error)
  })
  try {
    await endLeftOver(folder)
    await turnLog(folder)
    const access = { port: await freePort(), password: randomBytes(32).toString('base64url') }
    const configFile = await writeConfig(folder, access)
    const keeper = new Keeper(await startServer(binary, folder, configFile, access), {
      start: () => startServer(binary, folder, configFile, access),
      onProblem,
    })
    const end = async () => {
      await keeper.stop(async () => {
        const found = await probe(folder, access)
        if (found.who === 'ours') await shutDown(found.link)
        return found.who === 'ours'
      })
      await removeConfig(folder)
      release()
    }
    let ending: Promise<void> | null = null
    const stop = () => {
      ending ??= end()
      return ending
    }
    return { url: `redis://127.0.0.1:${access.port}`, ...access, stop }
  } catch (error) {
    release()
    throw asSluiceError(error)
  }
}

/** Runs the server until it answers commands; throws with its own words when it ends before. */
async function startServer(
  binary: string,
  folder: string,
  configFile: string,
  access: ServerAccess,
): Promise<ServerProcess> {
  const server = spawnServer(binary, configFile)
  let deadline = Date.now() + patienceMs
  while (server.running && Date.now() < deadline) {
    const found = await probe(folder, access)
    if (found.who === 'ours') {
      found.link.drop()
      return server
    }
    if (found.who === 'loading') deadline = Date.now() + patienceMs
    await Promise.race([pause(25), server.ended])
  }
  const why = server.running ? 'it does not answer' : (await lastWarning(folder)) || (await server.ended)
  server.kill('SIGTERM')
  throw new SluiceError('INTERNAL', `The private Redis did not start: ${why}`)
}

/** Starts a server again whenever it ends by itself, until `stop`. */
class Keeper {
  readonly #stopped = new AbortController()
  readonly #watching: Promise<void>

  constructor(
    private server: ServerProcess,
    private readonly options: { start(): Promise<ServerProcess>; onProblem(sentence: string): void },
  ) {
    this.#watching = this.#watch()
  }

  /** `ask` asks the server to end and tells whether that could be asked. */
  async stop(ask: () => Promise<boolean>): Promise<void> {
    this.#stopped.abort()
    if (!this.server.running) return this.#watching
    const late = setTimeout(() => this.server.kill('SIGKILL'), farewellMs)
    if (!(await ask())) this.server.kill('SIGTERM')
    await this.server.ended
    clearTimeout(late)
    await this.#watching
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopped
    const { start, onProblem } = this.options
    while (!signal.aborted) {
      const how = await this.server.ended
      for (let failures = 1; !signal.aborted && !this.server.running; failures++) {
        if (failures === 1) onProblem(`The private Redis ended (${how}) and is being started again.`)
        await pause(backOffMs(failures), undefined, { signal }).catch(() => {})
        if (signal.aborted) return
        try {
          this.server = await start()
        } catch (error) {
          onProblem(asSluiceError(error).message)
        }
      }
    }
    if (!this.server.running) return
    this.server.kill('SIGTERM') // it was being started again just when it was to stop
    await this.server.ended
  }
}
