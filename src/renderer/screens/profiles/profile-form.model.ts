import { type Profile, type ProfileDraft, profileColours } from '../../../domain/profile.ts'
import { systemIds } from '../../../domain/queue.ts'
import { isWhole } from '../../components/whole-number.model.ts'
import { type AddressFields, addressProblems, emptyAddress, formatAddress, parseAddress } from './address.model.ts'

type Hint = ProfileDraft['hints'][number]

/** What the form holds while one types; both ways to give the address are kept in step. */
export interface ProfileForm {
  readonly id: string | undefined
  readonly name: string
  readonly by: 'url' | 'fields'
  readonly url: string
  readonly fields: AddressFields
  /** Null keeps the stored one. */
  readonly password: string | null
  readonly colour: Profile['colour']
  readonly environment: Profile['environment']
  readonly readOnly: boolean
  readonly trackedPrefix: string
  readonly privateTargets: boolean
  /** MB, as typed. */
  readonly trashLimitMb: string
  readonly hints: readonly Hint[]
}

/** The form of a profile, or an empty one with a colour that nobody has yet. */
export function startForm(profile: Profile | undefined, others: readonly Profile[]): ProfileForm {
  if (profile === undefined) {
    return {
      id: undefined,
      name: '',
      by: 'url',
      url: '',
      fields: emptyAddress,
      password: null,
      colour:
        profileColours.find((colour) => colour !== 'slate' && others.every((other) => other.colour !== colour)) ??
        'blue',
      environment: 'local',
      readOnly: false,
      trackedPrefix: 'local_request:',
      privateTargets: true,
      trashLimitMb: '256',
      hints: [],
    }
  }
  const parsed = parseAddress(profile.url)
  return {
    id: profile.id,
    name: profile.name,
    by: 'url',
    url: profile.url,
    fields: 'fields' in parsed ? parsed.fields : emptyAddress,
    password: null,
    colour: profile.colour,
    environment: profile.environment,
    readOnly: profile.readOnly,
    trackedPrefix: profile.trackedPrefix,
    privateTargets: profile.privateTargets,
    trashLimitMb: String(profile.trashLimitMb),
    hints: profile.hints,
  }
}

/** The form with another URL; the fields follow as soon as it is one. */
export function withUrl(form: ProfileForm, url: string): ProfileForm {
  const parsed = parseAddress(url)
  return { ...form, url, fields: 'fields' in parsed ? parsed.fields : form.fields }
}

/** The form with another field of the address; the URL follows. A password that was in the URL moves to its own field. */
export function withField(form: ProfileForm, change: Partial<AddressFields>): ProfileForm {
  const fields = { ...form.fields, ...change }
  const parsed = parseAddress(form.url)
  const inUrl = 'password' in parsed ? parsed.password : null
  return { ...form, fields, url: formatAddress(fields), password: form.password ?? inUrl }
}

/** What is wrong with the form, by field; `hints` for the first row that is. */
export function formProblems(
  form: ProfileForm,
  others: readonly Profile[],
): Partial<Record<keyof ProfileForm | keyof AddressFields, string>> {
  const problems: Partial<Record<keyof ProfileForm | keyof AddressFields, string>> = {}
  const name = form.name.trim().normalize('NFC')
  if (name === '') problems.name = 'Give it a name.'
  else if (name.length > 80) problems.name = 'At most 80 characters.'
  else if (others.some((other) => other.id !== form.id && other.name.normalize('NFC') === name))
    problems.name = 'Another connection has this name.'
  if (form.by === 'url') {
    const parsed = parseAddress(form.url)
    if ('problem' in parsed) problems.url = parsed.problem
  } else Object.assign(problems, addressProblems(form.fields))
  if (!isWhole(form.trashLimitMb, 0, 1_000_000)) problems.trashLimitMb = 'A whole number from 0 to 1,000,000.'
  if (form.trackedPrefix.trim() === '') problems.trackedPrefix = 'The usual one is local_request:'
  if (form.hints.some((hint) => hint.name === '' || !systemIds.some((id) => id === hint.system)))
    problems.hints = 'Each queue needs a name.'
  return problems
}

/** What goes to the engine. */
export function toDraft(form: ProfileForm): ProfileDraft {
  return {
    ...(form.id !== undefined && { id: form.id }),
    name: form.name.trim().normalize('NFC'),
    url: form.by === 'url' ? form.url.trim() : formatAddress(form.fields),
    password: form.password,
    colour: form.colour,
    environment: form.environment,
    readOnly: form.readOnly,
    trackedPrefix: form.trackedPrefix,
    privateTargets: form.privateTargets,
    trashLimitMb: Number(form.trashLimitMb),
    hints: [...form.hints],
  }
}
