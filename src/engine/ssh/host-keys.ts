import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import { type Endpoint, type HostKey, hostKeySchema } from '../../domain/profile.ts'
import { writeFileAtomic } from '../profiles/atomic-file.ts'
import { readKeptFile } from '../profiles/kept-file.ts'
import { oneAtATime } from '../profiles/one-at-a-time.ts'
import { keyType, knownHostsName, type VouchedKeys, vouchedKeys } from './known-hosts.ts'

/** The keys of SSH servers that this person vouched for, here or to `ssh`. */
export interface HostKeys {
  /**
   * Resolves when `key`, in SSH's own format, may be taken for that server. Throws HOST_KEY_UNKNOWN, or HOST_KEY_CHANGED
   * when another was trusted so far, both with the key as remedy; a key that known_hosts revokes has no remedy.
   */
  check(endpoint: Endpoint, key: Buffer): Promise<void>
  /** The types of the keys that are trusted for a server: asked for them first, it does not seem changed. */
  types(endpoint: Endpoint): Promise<readonly string[]>
  /**
   * From now on this key, and no other, is taken for that server: whatever was trusted before is not any more. What is
   * kept is the fingerprint that the person saw, so a key that shows up later does not slip in. Throws DISK_FAILED.
   */
  trust(key: HostKey): Promise<void>
  /** Forgets what was trusted here; what the person's known_hosts says stays. Throws DISK_FAILED. */
  forget(endpoint: Endpoint): Promise<void>
  /** What was trusted here. */
  list(): readonly HostKey[]
  /** A sentence when the file was damaged and is kept aside. */
  readonly notice: string | null
}

export interface HostKeysOptions {
  /** The data folder. */
  readonly folder: string
  /** The person's own file, only ever read. */
  readonly knownHosts?: string
}

const fileSchema = z.object({ version: z.literal(1), keys: z.array(hostKeySchema) })

/** The fingerprint of a key in SSH's format, as ssh prints it: `SHA256:…`. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** Opens the store of host keys. Throws DISK_FAILED when its file is there and cannot be read. */
export async function openHostKeys(options: HostKeysOptions): Promise<HostKeys> {
  const { folder, knownHosts = join(homedir(), '.ssh', 'known_hosts') } = options
  const file = join(folder, 'ssh-hosts.json')
  const inTurn = oneAtATime()
  const { contents, notice } = await readKeptFile(file, fileSchema)
  let kept: readonly HostKey[] = contents?.keys ?? []

  const own = (endpoint: Endpoint) => kept.find((key) => knownHostsName(key) === knownHostsName(endpoint))
  const others = (endpoint: Endpoint) => kept.filter((key) => knownHostsName(key) !== knownHostsName(endpoint))

  function keep(next: () => readonly HostKey[]): Promise<void> {
    return inTurn(async () => {
      const keys = next()
      await writeFileAtomic(file, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`)
      kept = keys
    })
  }

  /** Read each time: the person may have used ssh in between. A file that cannot be read vouches for nothing. */
  async function vouched(endpoint: Endpoint): Promise<VouchedKeys> {
    return vouchedKeys(await readFile(knownHosts, 'utf8').catch(() => ''), endpoint)
  }

  return {
    notice,
    async check(endpoint, key) {
      const shown: HostKey = { ...pick(endpoint), type: keyType(key), fingerprint: fingerprintOf(key) }
      const { trusted, revoked } = await vouched(endpoint)
      if (revoked.some((one) => one.equals(key))) {
        throw new SluiceError(
          'HOST_KEY_CHANGED',
          `Your known_hosts marks the key that ${endpoint.host} shows as revoked: nothing was sent to it.`,
        )
      }
      // What was trusted here decides alone: a key that it replaced may still stand in known_hosts.
      const mine = own(endpoint)
      const before = mine ? [mine.fingerprint] : trusted.map(fingerprintOf)
      if (before.includes(shown.fingerprint)) return
      const same = mine ? -1 : trusted.findIndex((one) => keyType(one) === shown.type)
      throw new SluiceError(before.length === 0 ? 'HOST_KEY_UNKNOWN' : 'HOST_KEY_CHANGED', undefined, {
        ...{ kind: 'hostKey', key: shown },
        before: before[Math.max(0, same)] ?? null,
      })
    },
    async types(endpoint) {
      const mine = own(endpoint)
      return mine ? [mine.type] : (await vouched(endpoint)).trusted.map(keyType)
    },
    trust: ({ host, port, type, fingerprint }) =>
      keep(() => [...others({ host, port }), { host, port, type, fingerprint }]),
    forget: (endpoint) => keep(() => others(endpoint)),
    list: () => kept,
  }
}

function pick({ host, port }: Endpoint): Endpoint {
  return { host, port }
}
