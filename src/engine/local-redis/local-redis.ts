import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import { commandOf, openLink } from '../redis/link.ts'
import { findServer } from './find-server.ts'
import { runServer, type ServerProcess } from './run-server.ts'
import { howToGetServer, serverConfig } from './server-config.ts'

/** The private Redis that Sluice runs for itself. */
export interface LocalRedis {
  /** Without the password; the same for the whole run, also when the server had to be started again. */
  readonly url: string
  readonly password: string
  /** Lets the server write everything and end. */
  stop(): Promise<void>
}

/** Attempts to start on a port that was free a moment ago; another program may have taken it since. */
const startAttempts = 5
const longestRestMs = 10_000

/**
 * Starts the private server on a free loopback port, with its append-only file in `folder`. A server of ours that an
 * earlier run left on that folder is ended first; no other server is ever touched. When it dies it is started again, on
 * the same port and data, and `onProblem` hears of it in a sentence. Throws LOCAL_REDIS_MISSING where there is none.
 */
export async function startLocalRedis(options: {
  folder: string
  onProblem?: (sentence: string) => void
  /** The server program; by default what is found on this computer. */
  binary?: string | null
}): Promise<LocalRedis> {
  const { onProblem = () => {}, binary = findServer() } = options
  if (binary === null) throw new SluiceError('LOCAL_REDIS_MISSING', howToGetServer(process.platform))
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const folder = await realpath(options.folder)
  const configFile = join(folder, 'redis.conf')
  await endLeftOver(configFile, folder)
  const password = randomBytes(24).toString('base64url')

  async function start(port: number): Promise<ServerProcess> {
    await writeFile(configFile, serverConfig({ port, password, folder }), { mode: 0o600 })
    await chmod(configFile, 0o600) // `mode` counts only for a new file
    return runServer(binary as string, configFile)
  }

  let port = 0
  let server: ServerProcess | null = null
  for (let attempt = 1; server === null; attempt++) {
    port = await freePort()
    server = await start(port).catch((error: Error) => {
      if (attempt < startAttempts && /in use/i.test(error.message)) return null
      throw new SluiceError('LOCAL_REDIS_MISSING', `The private Redis did not start: ${error.message}`)
    })
  }

  let stopping = false
  let current = server
  let wake = () => {}
  const supervised = supervise()

  async function supervise(): Promise<void> {
    for (let restMs = 100; !stopping; ) {
      const words = await current.ended
      if (stopping) return
      onProblem(`The private Redis ended and is being started again. It said: ${words}`)
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, restMs)
      })
      restMs = Math.min(restMs * 2, longestRestMs)
      if (stopping) return
      try {
        current = await start(port)
      } catch (error) {
        onProblem(`The private Redis did not start: ${(error as Error).message}`)
        current = { ended: Promise.resolve((error as Error).message), finish() {} }
      }
    }
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    password,
    async stop() {
      stopping = true
      wake()
      current.finish()
      await Promise.all([current.ended, supervised])
      await rm(configFile, { force: true })
    },
  }
}

/**
 * Ends the server that an earlier run left behind, as a kill -9 of the shell that kept it may do. It is ours when it
 * answers on the port of our file to the password of our file and keeps its data in our folder.
 */
async function endLeftOver(configFile: string, folder: string): Promise<void> {
  const config = await readFile(configFile, 'utf8').catch(() => '')
  const port = Number(/^port (\d+)$/m.exec(config)?.[1])
  const password = /^requirepass "(.*)"$/m.exec(config)?.[1]
  if (!port || password === undefined) return
  const address = { transport: 'tcp' as const, host: '127.0.0.1', port, username: null, db: 0 }
  const link = await openLink({ address, password }, 'write', 'left-over', 2000).catch(() => null)
  if (link === null) return // nobody is there, or somebody else
  try {
    const reply: unknown = await link.client.sendCommand(commandOf('CONFIG', ['GET', 'dir']))
    const dir = Array.isArray(reply) ? String(reply[1]) : ''
    if (dir !== folder) return
    void Promise.resolve(link.client.sendCommand(commandOf('SHUTDOWN', ['NOSAVE']))).catch(() => {}) // it ends instead of answering
    await link.lost
  } finally {
    link.drop()
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', resolve)
  })
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
