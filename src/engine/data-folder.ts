import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Where everything of this person is kept: profiles, journal, trash, the private Redis. Both shells share it, so a
 * profile made in the window is there in the browser. Sample jobs of `--demo` get a folder of their own beside the
 * person's real ones. SLUICE_DATA names another folder.
 */
export function dataFolder({ demo }: { demo: boolean }): string {
  if (process.env.SLUICE_DATA) return process.env.SLUICE_DATA
  return join(settingsFolder(), demo ? 'Sluice demo' : 'Sluice')
}

function settingsFolder(): string {
  if (process.platform === 'win32') return process.env.APPDATA ?? join(homedir(), 'AppData', 'Roaming')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support')
  return process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config')
}

/** A unix socket's address holds 107 bytes on Linux and 103 on macOS. */
const longestSocketPath = 103

function lockAddress(folder: string): string {
  const real = realpathSync(folder)
  const name = createHash('sha256').update(real).digest('hex').slice(0, 24)
  if (process.platform === 'win32') return `\\\\.\\pipe\\sluice-${name}`
  const beside = join(real, 'running.sock')
  return Buffer.byteLength(beside) <= longestSocketPath ? beside : join(tmpdir(), `sluice-${name}.sock`)
}

/**
 * Makes the folder when it is missing and holds it for this process, so that two engines never write the same journal
 * or start the same private Redis. Held by a listening socket, not by a pid in a file: the system lets go of it however
 * the process ends. Resolves to the release; rejects with a sentence when another process holds the folder.
 */
export async function holdDataFolder(folder: string): Promise<() => void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const address = lockAddress(folder)
  const server = createServer((socket) => socket.destroy())
  server.unref()
  if (await listen(server, address)) return () => server.close()
  if (await answers(address))
    throw new Error(`Sluice is running already with the data in ${folder}: use that one, or stop it.`)
  rmSync(address, { force: true }) // left behind by a process that was killed
  if (await listen(server, address)) return () => server.close()
  throw new Error(`The data in ${folder} could not be locked.`)
}

function listen(server: Server, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error))
    server.once('error', refused)
    server.listen(address, () => {
      server.off('error', refused)
      resolve(true)
    })
  })
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
