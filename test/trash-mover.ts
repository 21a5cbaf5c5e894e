import { join } from 'node:path'
import { openJournal } from '../src/engine/journal/journal.ts'
import { openTrash } from '../src/engine/trash/trash.ts'
import { openTestConnection } from './connection.ts'

/**
 * A program that moves one entry of the trash to and fro until it is killed, or once: its arguments are the URL of a
 * Redis, a data folder, the id of the journal entry, the key for its file, and `once` or `always`. It says `ready`, then
 * `done` or the code of what went wrong.
 */
const [url = '', folder = '', id = '', key = '', how] = process.argv.slice(2)
const connection = await openTestConnection({ url })
const journal = await openJournal(join(folder, 'journal'))
const trash = await openTrash({
  dataFolder: folder,
  secrets: { kind: 'keychain', get: async () => key, set: async () => {}, delete: async () => {} },
  journal,
  connection: () => connection,
})
process.stdout.write('ready\n')
try {
  do {
    await trash.keepHere(id)
    if (how === 'always') await trash.bringBack(id)
  } while (how === 'always')
  process.stdout.write('done\n')
} catch (error) {
  process.stdout.write(`${(error as { code: string }).code}\n`)
}
connection.close()
