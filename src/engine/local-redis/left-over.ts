import { setTimeout as pause } from 'node:timers/promises'
import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import { send } from '../redis/handles.ts'
import { type Link, openLink } from '../redis/link.ts'
import { readConfig, type ServerAccess } from './server-config.ts'
import { findServerOf } from './server-process.ts'

/** Who listens at a port: nobody, somebody else, or the server of the folder, which may be busy loading its data. */
export type Found = { readonly who: 'nobody' | 'stranger' | 'loading' } | { readonly who: 'ours'; readonly link: Link }

/** How long an older server may take to end. */
const patienceMs = 20_000

/** Opens a link to the private server; it counts as ours when it takes the password and keeps its data in the folder. */
export async function probe(folder: string, { port, password }: ServerAccess): Promise<Found> {
  const address = { transport: 'tcp', host: '127.0.0.1', port, username: null, db: 0 } as const
  try {
    const link = await openLink({ address, password }, 'dedicated', 'keeper')
    const reply = await send(link, ['CONFIG', 'GET', 'dir']).catch(() => null)
    if (Array.isArray(reply) && String(reply[1]) === folder) return { who: 'ours', link }
    link.drop()
    return { who: 'stranger' }
  } catch (error) {
    const { code } = asSluiceError(error)
    if (code === 'CONNECTION_REFUSED') return { who: 'nobody' }
    return { who: code === 'REDIS_LOADING' ? 'loading' : 'stranger' }
  }
}

/** Asks a server to end with its data on disk; one that obeys closes the socket instead of answering. */
export async function shutDown(link: Link): Promise<void> {
  await send(link, ['SHUTDOWN']).catch(() => {})
  link.drop()
}

/**
 * Ends a server that an earlier run left on the folder and waits until it has: two servers on one folder would ruin its
 * data. Such a server may answer, may be loading, may be ending, or may be stuck; it is known by its password and by the
 * folder it works in, so that no other one is touched. Throws INTERNAL when it does not end.
 */
export async function endLeftOver(folder: string): Promise<void> {
  const access = await readConfig(folder)
  let deadline = Date.now() + patienceMs
  for (;;) {
    const found: Found = access === null ? { who: 'nobody' } : await probe(folder, access)
    const pid = await findServerOf(folder)
    if (found.who === 'ours') await shutDown(found.link)
    else if (found.who === 'loading') deadline = Date.now() + patienceMs
    else if (pid === null) return
    else process.kill(pid, 'SIGTERM')
    if (Date.now() > deadline) {
      throw new SluiceError(
        'INTERNAL',
        `A private Redis of an earlier run (process ${pid}) does not end: end it yourself.`,
      )
    }
    await pause(100)
  }
}
