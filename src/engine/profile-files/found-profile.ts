import { SluiceError } from '../../domain/errors.ts'
import { type ProfileDraft, profileDraftSchema, type SecretName } from '../../domain/profile.ts'
import { formatRedisUrl, parseRedisUrl } from '../../domain/redis-url.ts'
import { tidyName, unfitForNames } from '../profiles/checked-draft.ts'

/** A profile that a file holds, with its secrets, before anybody chose it. */
export interface FoundProfile {
  readonly draft: ProfileDraft
  /** Secrets of it that are not to be had now: not in the file, or sealed in it. It will ask for them. */
  readonly asksFor: readonly SecretName[]
  /** Which of these are in the file, sealed. */
  readonly sealed: readonly SecretName[]
  /** What could not be taken over as it was, in sentences. */
  readonly notes: readonly string[]
}

/** What a file holds. `sealed`: it has secrets, and no passphrase was given. */
export interface FoundFile {
  readonly from: 'Sluice' | 'RedisInsight'
  readonly sealed: boolean
  readonly profiles: readonly FoundProfile[]
  readonly problems: readonly string[]
}

const longestName = 80
const unfit = new RegExp(unfitForNames.source, 'gu')

/** Text of a file for a sentence or a name: one line, without what turns it around, and not long. */
export function plainText(text: unknown, most = longestName): string {
  const letters = [...tidyName(String(text).replace(unfit, ' ').replace(/\s+/g, ' '))]
  return letters.length <= most ? letters.join('') : `${letters.slice(0, most - 1).join('')}…`
}

/** A name for a profile or a folder, and a note where it had to be changed. */
export function fitName(text: unknown, instead: string): { name: string; notes: string[] } {
  const given = typeof text === 'string' ? text : ''
  let name = plainText(given)
  while (name.length > longestName) name = [...name].slice(0, -2).join('').concat('…') // letters may be two units long
  if (name === '') name = instead
  const isSame = name === tidyName(given)
  return {
    name,
    notes:
      isSame || given === ''
        ? []
        : ['Its name was made to fit: it was too long, or held characters that cannot be seen.'],
  }
}

/**
 * What a draft of somebody else may not be: not valid, with no address, or with characters in it that make it look like
 * another. Its URL holds no password
 * afterwards. Throws INVALID_INPUT or BAD_URL with a sentence that quotes nothing secret.
 */
export function demandHonest(draft: ProfileDraft): ProfileDraft {
  const parsed = profileDraftSchema.safeParse(draft)
  if (!parsed.success) {
    throw new SluiceError('INVALID_INPUT', `${parsed.error.issues[0]?.path.join('.') || 'a field'} is not valid.`)
  }
  const { address } = parseRedisUrl(parsed.data.url)
  const { topology, tls, ssh } = parsed.data
  if ([...textsIn([address, topology, ssh, tls.serverName])].some((text) => unfitForNames.test(text))) {
    throw new SluiceError(
      'INVALID_INPUT',
      'its address holds characters that cannot be seen, or that turn text around.',
    )
  }
  return { ...parsed.data, url: formatRedisUrl(address) }
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) yield* textsIn(each)
}

/** What a person should look at before a profile of a file is used: none of it is changed. */
export function warnings({ tls, ssh }: Pick<ProfileDraft, 'tls' | 'ssh'>): string[] {
  const hosts = ssh === null ? [] : ssh.jump === null ? [ssh] : [ssh, ssh.jump]
  return [
    ...(tls.verify ? [] : ['It takes any certificate: whoever sits in between can read and change everything.']),
    ...hosts
      .filter(({ login }) => login === 'keyFile')
      .map(
        ({ host, keyFile }) =>
          `To log in at ${plainText(host)} it reads the key file ${plainText(keyFile, 200)} of this computer.`,
      ),
  ]
}

/** Why a profile of a file was left out, for the list of problems. */
export function leftOut(at: number, name: unknown, error: unknown): string {
  const reason = error instanceof SluiceError ? error.message : 'it cannot be read.'
  const shown = typeof name === 'string' ? plainText(name, 60) : ''
  return `Profile ${at + 1}${shown === '' ? '' : ` (${shown})`} was left out: ${reason}`
}
