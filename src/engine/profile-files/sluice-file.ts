import { createHash } from 'node:crypto'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import {
  type ProfileDraft,
  profileSchema,
  type SecretName,
  secretNames,
  type TypedSecrets,
} from '../../domain/profile.ts'
import { parseRedisUrl } from '../../domain/redis-url.ts'
import { type Kdf, kdfSchema, keyOf, newKdf, type ScryptCost, seal, unseal } from '../vault/passphrase-box.ts'
import { isObject, type JsonObject } from './bounded-json.ts'
import {
  demandHonest,
  type FoundFile,
  type FoundProfile,
  fitName,
  leftOut,
  plainText,
  warnings,
} from './found-profile.ts'

/**
 * A file of profiles as Sluice writes it: plain JSON, to be read and compared by a person. Of secrets it says which a
 * profile has; the secrets themselves are in it only sealed, each bound to the whole profile it belongs to. So who changes
 * where a profile leads cannot have its password sent there.
 */
const kind = 'profiles'
const version = 1
const checkText = 'sluice'
const boundTo = (profile: unknown, name: string) => {
  const print = createHash('sha256').update(canonical(profile)).digest('hex')
  return ['sluice profiles 1', print, name]
}

const mostProfiles = 10_000

const portableSchema = profileSchema.omit({ id: true, builtIn: true, secrets: true })
export type PortableProfile = z.infer<typeof portableSchema>

const headSchema = z.object({ kdf: kdfSchema.optional(), check: z.base64().optional() })

/** A profile to write, the names of its secrets, and the secrets that are to be sealed. */
export interface WrittenProfile {
  readonly profile: PortableProfile
  readonly secretNames: readonly SecretName[]
  readonly secrets: TypedSecrets
}

/** The text of a file. With a passphrase it holds the secrets, sealed; without, only which there are. */
export async function writeSluiceFile(
  profiles: readonly WrittenProfile[],
  passphrase: string | null,
  cost?: ScryptCost,
): Promise<string> {
  const kdf = passphrase === null ? null : newKdf(cost)
  const key = passphrase === null || kdf === null ? null : await keyOf(passphrase, kdf)
  const written = profiles.map(({ profile, secretNames: has, secrets }) => {
    const portable = portableSchema.parse(profile)
    const sealed = Object.entries(secrets).map(([name, secret]) => [
      name,
      key && seal(key, secret, boundTo(portable, name)),
    ])
    return { ...portable, secrets: has, ...(key && { sealed: Object.fromEntries(sealed) }) }
  })
  const head = {
    sluice: kind,
    version,
    ...(kdf && key && { kdf, check: seal(key, checkText, boundTo(null, 'check')) }),
  }
  key?.fill(0)
  return `${JSON.stringify({ ...head, profiles: written }, null, 2)}\n`
}

export function isSluiceFile(value: unknown): value is JsonObject {
  return isObject(value) && Object.hasOwn(value, 'sluice')
}

/**
 * What a file of Sluice holds. Throws INVALID_INPUT for one that is none or of a later version, AUTH_FAILED for a wrong
 * passphrase.
 */
export async function readSluiceFile(file: JsonObject, passphrase: string | null): Promise<FoundFile> {
  if (file.sluice !== kind || file.version !== version) {
    throw new SluiceError(
      'INVALID_INPUT',
      'This file is of another version of Sluice, or holds something else than profiles.',
    )
  }
  const head = headSchema.safeParse(file)
  if (!head.success || !Array.isArray(file.profiles)) {
    throw new SluiceError('INVALID_INPUT', 'This file is damaged: it cannot be read as profiles of Sluice.')
  }
  const { kdf, check } = head.data
  const isSealed = kdf !== undefined && check !== undefined
  const key = passphrase !== null && isSealed ? await openFile(passphrase, kdf, check) : null
  const problems: string[] = []
  const profiles: FoundProfile[] = []
  for (const [at, entry] of file.profiles.slice(0, mostProfiles).entries()) {
    try {
      profiles.push(readEntry(entry, key))
    } catch (error) {
      problems.push(leftOut(at, isObject(entry) ? entry.name : null, error))
    }
  }
  key?.fill(0)
  if (file.profiles.length > mostProfiles) problems.push(`Only the first ${mostProfiles} profiles are read.`)
  return { from: 'Sluice', sealed: isSealed && key === null, profiles, problems }
}

async function openFile(passphrase: string, kdf: Kdf, check: string): Promise<Buffer> {
  const key = await keyOf(passphrase, kdf)
  if (unseal(key, check, boundTo(null, 'check')) === checkText) return key
  key.fill(0)
  throw new SluiceError('AUTH_FAILED', 'That passphrase does not open the secrets of this file.')
}

function readEntry(entry: unknown, key: Buffer | null): FoundProfile {
  if (!isObject(entry)) throw new SluiceError('INVALID_INPUT', 'it is no profile.')
  const { secrets: has, sealed, ...written } = entry
  const parsed = portableSchema.safeParse(written)
  if (!parsed.success) {
    // A name that does not fit is made to fit below; anything else that is wrong is no guess of ours.
    const issue = parsed.error.issues.find(({ path }) => path[0] !== 'name' && path[0] !== 'folder')
    if (issue) throw new SluiceError('INVALID_INPUT', `${plainText(issue.path.join('.'), 60)} is not valid.`)
  }
  const { name, notes } = fitName(written.name, 'Imported')
  const folder = fitName(written.folder, '')
  const profile = portableSchema.safeParse({ ...written, name, folder: folder.name })
  if (!profile.success) throw new SluiceError('INVALID_INPUT', 'it is not valid.')

  const { password: inUrl } = parseRedisUrl(profile.data.url)
  const secrets: TypedSecrets = inUrl === null ? {} : { password: inUrl }
  const asksFor: SecretName[] = []
  const isSealed: SecretName[] = []
  const changed: SecretName[] = []
  for (const secret of secretNames) {
    if (secrets[secret] !== undefined) continue
    const box = isObject(sealed) && Object.hasOwn(sealed, secret) ? sealed[secret] : undefined
    const text = key !== null && typeof box === 'string' ? unseal(key, box, boundTo(written, secret)) : null
    if (text !== null) secrets[secret] = text
    else if (typeof box === 'string' || (Array.isArray(has) && has.includes(secret))) asksFor.push(secret)
    if (typeof box === 'string' && key === null) isSealed.push(secret)
    if (typeof box === 'string' && key !== null && text === null) changed.push(secret)
  }
  const draft: ProfileDraft = demandHonest({ ...profile.data, secrets })
  return {
    draft,
    asksFor,
    sealed: isSealed,
    notes: [
      ...new Set([...notes, ...folder.notes]),
      ...(inUrl === null ? [] : ['Its password stood in the file for everyone to read.']),
      ...(changed.length === 0 ? [] : ['It was changed after its secrets were sealed, so they were not taken over.']),
      ...unknownFields(written, profile.data),
      ...warnings(draft),
    ],
  }
}

const mostNamed = 5

/** A note on the fields that this Sluice does not know: they are not taken over. */
function unknownFields(written: JsonObject, known: object): string[] {
  const names = [...unknownIn(written, known)]
  if (names.length === 0) return []
  const shown = names.slice(0, mostNamed).map((name) => plainText(name, 40))
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : ''
  return [`It has fields that Sluice does not know, and they were left out: ${shown.join(', ')}${more}.`]
}

function* unknownIn(written: JsonObject, known: object, above = ''): Generator<string> {
  for (const [name, value] of Object.entries(written)) {
    const inner: unknown = Object.hasOwn(known, name)
      ? Object.entries(known).find(([key]) => key === name)?.[1]
      : undefined
    if (inner === undefined) yield `${above}${name}`
    else if (isObject(value) && typeof inner === 'object' && inner !== null)
      yield* unknownIn(value, inner, `${above}${name}.`)
  }
}

/** The same text for the same value, in whatever order its fields stand. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const fields = Object.keys(value).sort()
  return `{${fields.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}
