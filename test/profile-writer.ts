import fs, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { usualProfile } from '../src/domain/profile.ts'
import { createSecrets } from '../src/engine/profiles/create-secrets.ts'
import { openProfileStore } from '../src/engine/profiles/profile-store.ts'

/**
 * A program that saves profiles and their secrets, and dies of SIGKILL at the nth thing that it asks of the file system:
 * its arguments are a data folder, that number (0: never), and the step of the work that it does. It says `done`, or the
 * code of what went wrong, then all that it asked.
 */
const [folder = '', nth = '0', step = ''] = process.argv.slice(2)
const { builtIn: _, ...usual } = usualProfile

const asked: string[] = []
let isArmed = false
/** Before each thing; true when the one after it is the last. */
function mayDie(thing: string): boolean {
  if (!isArmed) return false
  asked.push(thing)
  if (asked.length === Number(nth)) process.kill(process.pid, 'SIGKILL')
  return asked.length + 1 === Number(nth)
}

const { open } = fs
for (const name of ['mkdir', 'rename', 'rm', 'readdir'] as const) {
  const real = fs[name] as (...args: unknown[]) => Promise<unknown>
  Object.assign(fs, {
    [name]: async (...args: unknown[]) => {
      mayDie(name)
      return real(...args)
    },
  })
}
Object.assign(fs, {
  open: async (...args: Parameters<typeof open>) => {
    mayDie('open')
    const handle = await open(...args)
    return Object.assign(handle, dying(handle))
  },
})
syncBuiltinESMExports()

/** A file that may be cut off before, in the middle of and after each thing that is done to it. */
function dying(handle: FileHandle) {
  const { sync, close, writeFile } = handle
  return {
    sync: async () => {
      mayDie('sync')
      await sync.call(handle)
    },
    close: async () => {
      mayDie('close')
      await close.call(handle)
    },
    writeFile: async (contents: string) => {
      if (mayDie('write')) await writeFile.call(handle, contents.slice(0, contents.length / 2))
      mayDie('write half')
      await writeFile.call(handle, contents)
    },
  }
}

const secrets = await createSecrets({ folder, keychain: null, cost: { N: 1024, r: 8, p: 1 } })
const profiles = await openProfileStore({ folder, secrets })
const one = profiles.list().find(({ url }) => url.includes('one'))
if (secrets.kind === 'vault') await secrets.vault.unlock('first')
const work: Readonly<Record<string, () => Promise<unknown>>> = {
  make: () => secrets.vault.make('first'),
  save: () => profiles.save({ ...usual, name: 'One', url: 'redis://one', secrets: { password: 'of one' } }),
  add: () =>
    profiles.add(
      ['two', 'three'].map((name) => ({
        draft: { ...usual, name, url: `redis://${name}`, secrets: { password: `of ${name}` } },
        asksFor: [],
      })),
    ),
  move: () =>
    profiles.save({
      ...usual,
      id: one?.id ?? '',
      name: 'One',
      url: 'redis://one-elsewhere',
      secrets: { password: 'of one-elsewhere' },
    }),
  copy: () => profiles.duplicate(one?.id ?? '', 'Copy'),
  arrange: () => profiles.arrange(profiles.list().map(({ id }) => ({ id, folder: 'Folder' }))),
  change: () => secrets.vault.change('first', 'second'),
  remove: () => profiles.remove(one?.id ?? ''),
}
isArmed = true
const result = await (work[step]?.() ?? Promise.reject(new Error(`no step ${step}`))).then(
  () => 'done',
  (error: { code?: string; message: string }) => error.code ?? error.message,
)
isArmed = false
process.stdout.write(`${JSON.stringify({ result, asked })}\n`)
