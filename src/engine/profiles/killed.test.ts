import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type BundledProgram, buildProgram } from '../../../test/bundled-program.ts'
import { createSecrets } from './create-secrets.ts'
import { openProfileStore } from './profile-store.ts'
import { secretOf } from './secret-of.ts'

const steps = ['make', 'save', 'add', 'copy', 'move', 'arrange', 'remove', 'change'] as const
const cost = { N: 1024, r: 8, p: 1 }

/** Every point is tried by hand; else those that matter most, as each costs a process. */
const all = process.env.SLUICE_PROFILE_KILLS === 'all'

interface Said {
  readonly result: string | null
  readonly asked: readonly string[]
}

let program: BundledProgram
let base: string
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'sluice-killed-profiles-'))
  program = await buildProgram('test/profile-writer.ts') // it is started often
})
afterAll(() => {
  program?.close()
  rmSync(base, { recursive: true, force: true })
})

/** Does a step in a process of its own, which dies at the nth thing that it asks of the file system. */
function run(folder: string, nth: number, step: string, limitKb?: number) {
  const args = [program.path, folder, String(nth), step]
  const options: SpawnSyncOptionsWithStringEncoding = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }
  const { stdout, signal } =
    limitKb === undefined
      ? spawnSync(process.execPath, args, options)
      : // The signal is ignored, so that the write itself fails, as on a full disk.
        spawnSync(
          'bash',
          ['-c', `trap '' XFSZ; ulimit -f ${limitKb}; exec "$0" "$@"`, process.execPath, ...args],
          options,
        )
  const { result, asked } = (stdout === '' ? { result: null, asked: [] } : JSON.parse(stdout)) as Said
  return { said: result, asked, wasKilled: signal === 'SIGKILL' }
}

/** What is there for the next start: the names and addresses of profiles, with the password that each would send. */
async function seen(folder: string, passphrase: string | null) {
  const secrets = await createSecrets({ folder, keychain: null, cost })
  const store = await openProfileStore({ folder, secrets })
  expect([...secrets.notices, ...store.notices]).toEqual([])
  expect(readdirSync(folder).filter((name) => !/^(profiles|vault)\.json$/.test(name))).toEqual([])
  if (passphrase !== null && secrets.kind === 'vault') await secrets.vault.unlock(passphrase)
  return Promise.all(
    store.list().map(async (profile) => {
      const password = await secretOf(profile, 'password', secrets).catch(({ code }: { code: string }) => code)
      return `${profile.folder}/${profile.name} ${profile.url} ${password}`
    }),
  )
}

const passphraseAfter = (step: string) => (step === 'change' ? 'second' : 'first')

it(
  'leaves the old or the new, wherever the process that saves is killed',
  async () => {
    let before = join(base, 'start')
    mkdirSync(before)
    for (const step of steps) {
      const after = join(base, `after-${step}`)
      cpSync(before, after, { recursive: true })
      const whole = run(after, 0, step)
      expect(whole).toMatchObject({ said: 'done', wasKilled: false })
      const [old, next] = [await seen(before, 'first'), await seen(after, passphraseAfter(step))]
      for (const nth of pointsOf(step, whole.asked)) {
        const folder = join(base, `${step}-${nth}`)
        cpSync(before, folder, { recursive: true })
        expect(run(folder, nth, step).wasKilled).toBe(true)
        const lines = await seen(folder, await openedBy(folder, [passphraseAfter(step), 'first']))
        // A profile is as it was or as it became; between the two its password is asked for, and is never the other's.
        for (const line of lines) {
          expect([...old, ...next].flatMap((each) => [each, each.replace(/ of .*$/, ' SECRET_MISSING')])).toContain(
            line,
          )
        }
        const names = (of: readonly string[]) => of.map((line) => line.split(' ')[0])
        expect([names(old), names(next)]).toContainEqual(names(lines))
      }
      before = after
    }
  },
  all ? 600_000 : 60_000,
)

/** Where to kill: before each file takes its name, after the last one did, and in the middle of a file. */
function pointsOf(step: string, asked: readonly string[]): number[] {
  const points = asked.map((_, i) => i + 1)
  if (all) return points
  const last = asked.lastIndexOf('rename') + 1
  return points.filter((nth) => {
    if (asked[nth - 1] === 'rename') return true
    if (step !== 'move' && step !== 'change') return false
    return nth === last + 1 || nth === asked.lastIndexOf('write half') + 1
  })
}

/** The one of these that opens the vault; null where there is none. */
async function openedBy(folder: string, passphrases: readonly string[]): Promise<string | null> {
  const secrets = await createSecrets({ folder, keychain: null, cost })
  if (secrets.kind !== 'vault') return null
  for (const passphrase of passphrases) {
    const isOpen = await secrets.vault.unlock(passphrase).then(
      () => true,
      () => false,
    )
    if (isOpen) return passphrase
  }
  throw new Error('No passphrase opens the vault any more.')
}

it.skipIf(process.platform === 'win32')('leaves all as it was on a full disk (Windows has no such limit)', async () => {
  const folder = join(base, 'full')
  mkdirSync(folder)
  for (const step of ['make', 'save', 'add'] as const) expect(run(folder, 0, step).said).toBe('done')
  const files = () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')])
  const before = files()
  for (const step of ['copy', 'move', 'arrange', 'change', 'remove'] as const) {
    expect(run(folder, 0, step, 0).said).toBe('DISK_FAILED')
    expect(files()).toEqual(before)
  }
})
