import {
  type Profile,
  type ProfileDraft,
  profileColours,
  type SecretName,
  type SshHost,
  secretNames,
  type TlsSettings,
  type Topology,
  type TypedSecrets,
  usualProfile,
} from '../../../domain/profile.ts'
import { type AddressFields, emptyAddress, fieldsOf, serversText, triedAddress, urlOf } from './address-fields.model.ts'
import { drafted } from './profile-draft.model.ts'

type Hint = ProfileDraft['hints'][number]

/** How the servers are arranged, as typed; what does not belong to `kind` is kept for who changes their mind. */
export interface TopologyFields {
  readonly kind: Topology['kind']
  readonly master: string
  /** Further servers, a line each. */
  readonly others: string
  /** As whom to log in to the Sentinels. */
  readonly username: string
  readonly tls: boolean
}

/** An SSH server, as typed. */
export interface SshFields {
  readonly host: string
  readonly port: string
  readonly username: string
  readonly login: SshHost['login']
  readonly keyFile: string
}

/** What the form holds while one types; both ways to give the address are kept in step. */
export interface ProfileForm {
  readonly id: string | undefined
  readonly name: string
  readonly folder: string
  readonly by: 'text' | 'fields'
  /** A URL or a redis-cli command, as typed. */
  readonly address: string
  readonly fields: AddressFields
  readonly topology: TopologyFields
  readonly tls: TlsSettings
  /** Whether it is reached through SSH, from where, and what stands before that. */
  readonly throughSsh: boolean
  readonly ssh: SshFields
  readonly throughJump: boolean
  readonly jump: SshFields
  /** By name; one that is not named stays as it is, an empty one is removed. */
  readonly secrets: TypedSecrets
  /** Which secrets are stored. */
  readonly stored: readonly SecretName[]
  readonly keepSecrets: boolean
  readonly colour: Profile['colour']
  readonly environment: Profile['environment']
  readonly readOnly: boolean
  readonly trackedPrefix: string
  readonly privateTargets: boolean
  /** MB, as typed. */
  readonly trashLimitMb: string
  /** Per cent of one core, as typed. */
  readonly budgetPercent: string
  readonly hints: readonly Hint[]
  /** What of a pasted address could not be taken over, in sentences. */
  readonly notes: readonly string[]
}

const emptySsh: SshFields = { host: '', port: '22', username: '', login: 'password', keyFile: '' }
const noTopology: TopologyFields = { kind: 'standalone', master: 'mymaster', others: '', username: '', tls: false }

/** The form of a profile, or an empty one with a colour that nobody has yet. */
export function startForm(profile: Profile | undefined, others: readonly Profile[]): ProfileForm {
  const taken = new Set(others.map(({ colour }) => colour))
  const from = profile ?? {
    ...usualProfile,
    id: undefined,
    name: '',
    url: '',
    colour: profileColours.find((colour) => colour !== 'slate' && !taken.has(colour)) ?? 'blue',
  }
  const { ssh } = from
  return {
    id: from.id,
    name: from.name,
    folder: from.folder,
    by: 'text',
    address: from.url,
    fields: fieldsOf(from.url) ?? emptyAddress,
    topology: topologyFields(from.topology),
    tls: from.tls,
    throughSsh: ssh !== null,
    ssh: sshFields(ssh),
    throughJump: ssh?.jump != null,
    jump: sshFields(ssh?.jump ?? null),
    secrets: {},
    stored: from.secrets,
    keepSecrets: from.keepSecrets,
    colour: from.colour,
    environment: from.environment,
    readOnly: from.readOnly,
    trackedPrefix: from.trackedPrefix,
    privateTargets: from.privateTargets,
    trashLimitMb: String(from.trashLimitMb),
    budgetPercent: String(from.budgetPercent),
    hints: from.hints,
    notes: [],
  }
}

function topologyFields(topology: Topology): TopologyFields {
  if (topology.kind === 'standalone') return noTopology
  const others = serversText(topology.others)
  if (topology.kind === 'cluster') return { ...noTopology, kind: 'cluster', others }
  return {
    kind: 'sentinel',
    master: topology.master,
    others,
    username: topology.username ?? '',
    tls: topology.tls,
  }
}

function sshFields(ssh: SshHost | null): SshFields {
  if (ssh === null) return emptySsh
  const { host, port, username, login, keyFile } = ssh
  return { host, port: String(port), username, login, keyFile }
}

/**
 * The form with another address; the fields follow as soon as it is one. What it says of Sentinels, a cluster or TLS is
 * taken over; a plain URL leaves what was chosen by hand.
 */
export function withAddress(form: ProfileForm, address: string): ProfileForm {
  const draft = triedAddress(address)
  if ('problem' in draft) return { ...form, address, notes: [] }
  return {
    ...form,
    address,
    fields: fieldsOf(draft.url) ?? form.fields,
    topology: draft.topology.kind === 'standalone' ? form.topology : topologyFields(draft.topology),
    tls: {
      ...form.tls,
      ...(draft.tls.serverName !== '' && { serverName: draft.tls.serverName }),
      ...(!draft.tls.verify && { verify: false }),
    },
    notes: draft.notes,
  }
}

/** The form once its address is left: that becomes a plain URL, and a password in it moves to its own field. */
export function withAddressLeft(form: ProfileForm): ProfileForm {
  if (form.by === 'fields') return form
  const draft = triedAddress(form.address)
  if ('problem' in draft || draft.url === form.address) return form
  return { ...form, address: draft.url, secrets: { ...form.secrets, ...draft.secrets } }
}

/** The form with another field of the address; the URL follows. */
export function withField(form: ProfileForm, change: Partial<AddressFields>): ProfileForm {
  const left = withAddressLeft(form)
  const fields = { ...left.fields, ...change }
  return { ...left, fields, address: urlOf(fields), notes: [] }
}

/** The form with another secret; undefined keeps what is stored. */
export function withSecret(form: ProfileForm, name: SecretName, secret: string | undefined): ProfileForm {
  const { [name]: _before, ...rest } = form.secrets
  return { ...form, secrets: secret === undefined ? rest : { ...rest, [name]: secret } }
}

/** Whether a secret will be there once the form is saved. */
export function willHave(form: ProfileForm, name: SecretName): boolean {
  const typed = form.secrets[name]
  return typed === undefined ? form.stored.includes(name) : typed !== ''
}

/** Secrets that the profile would not use any more as it is typed, though they are stored: they are removed on save. */
function unusedSecrets(form: ProfileForm): SecretName[] {
  const used = new Set<SecretName>(['password'])
  if (form.topology.kind === 'sentinel') used.add('sentinelPassword')
  if (form.tls.certificate !== '') used.add('tlsKey').add('tlsKeyPassphrase')
  const logins = [
    ...(form.throughSsh ? [{ login: form.ssh.login, secret: 'ssh', key: 'sshKey' } as const] : []),
    ...(form.throughSsh && form.throughJump
      ? [{ login: form.jump.login, secret: 'jump', key: 'jumpKey' } as const]
      : []),
  ]
  for (const { login, secret, key } of logins) {
    if (login !== 'agent') used.add(secret)
    if (login === 'key') used.add(key)
  }
  return secretNames.filter((name) => !used.has(name))
}

/** What goes to the engine. */
export function toDraft(form: ProfileForm): ProfileDraft {
  const left = withAddressLeft(form)
  const unused = unusedSecrets(left)
  const secrets: TypedSecrets = {}
  for (const name of secretNames) {
    const typed = left.secrets[name]
    if (unused.includes(name)) {
      if (left.stored.includes(name)) secrets[name] = ''
    } else if (typed !== undefined) secrets[name] = typed
  }
  return { ...drafted(left), secrets }
}
