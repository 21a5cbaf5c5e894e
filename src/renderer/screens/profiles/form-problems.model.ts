import type { Profile } from '../../../domain/profile.ts'
import { systemIds } from '../../../domain/queue.ts'
import { isNumber, isWhole } from '../../components/whole-number.model.ts'
import { type AddressFields, addressProblems, isHost, readServers, triedAddress } from './address-fields.model.ts'
import { usualPorts } from './profile-draft.model.ts'
import { type ProfileForm, type SshFields, willHave } from './profile-form.model.ts'

type SshProblem = `${'ssh' | 'jump'}.${'host' | 'port' | 'username' | 'keyFile' | 'key'}`

/** The fields that can be wrong. */
export type ProblemField =
  | keyof AddressFields
  | SshProblem
  | 'name'
  | 'folder'
  | 'address'
  | 'kind'
  | 'master'
  | 'others'
  | 'ca'
  | 'certificate'
  | 'tlsKey'
  | 'trashLimitMb'
  | 'budgetPercent'
  | 'trackedPrefix'
  | 'hints'

export type FormProblems = Partial<Record<ProblemField, string>>

/** What is wrong with the form, by field; `hints` for the first row that is. */
export function formProblems(form: ProfileForm, others: readonly Profile[]): FormProblems {
  const name = form.name.trim().normalize('NFC')
  const problems: FormProblems = { ...whereProblems(form), ...tlsProblems(form), ...sshProblems(form) }
  if (name === '') problems.name = 'Give it a name.'
  else if (name.length > 80) problems.name = 'At most 80 characters.'
  else if (others.some((other) => other.id !== form.id && other.name.normalize('NFC') === name))
    problems.name = 'Another connection has this name.'
  if (form.folder.trim().length > 80) problems.folder = 'At most 80 characters.'
  if (!isWhole(form.trashLimitMb, 0, 1_000_000)) problems.trashLimitMb = 'A whole number from 0 to 1,000,000.'
  if (!isNumber(form.budgetPercent, 0.1, 50)) problems.budgetPercent = '0.1 to 50.'
  if (form.trackedPrefix.trim() === '') problems.trackedPrefix = 'The usual one is local_request:'
  if (form.hints.some((hint) => hint.name === '' || !systemIds.some((id) => id === hint.system)))
    problems.hints = 'Each queue needs a name.'
  return problems
}

function whereProblems({ by, address, fields, topology }: ProfileForm): FormProblems {
  const problems: FormProblems = {}
  if (by === 'text') {
    const draft = triedAddress(address)
    if ('problem' in draft) problems.address = draft.problem
  } else Object.assign(problems, addressProblems(fields))
  const { kind } = topology
  if (kind === 'standalone') return problems
  if (fields.transport === 'unix') problems.kind = 'A socket leads to one server: choose One server, or give a host.'
  else if (kind === 'cluster' && Number(fields.db) > 0) problems.kind = 'A cluster has only the database 0.'
  if (kind === 'sentinel' && topology.master.trim() === '') problems.master = 'What the Sentinels call the group.'
  const servers = readServers(topology.others, usualPorts[kind])
  if (!Array.isArray(servers)) problems.others = servers.problem
  else if (servers.length > (kind === 'cluster' ? 50 : 20))
    problems.others = 'Fewer will do: any of them knows the rest.'
  return problems
}

function tlsProblems(form: ProfileForm): FormProblems {
  const { ca, certificate } = form.tls
  const problems: FormProblems = {}
  const isCertificate = (text: string) => /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(text)
  if (ca.trim() !== '' && !isCertificate(ca)) problems.ca = 'It begins with -----BEGIN CERTIFICATE-----.'
  if (certificate.trim() !== '' && !isCertificate(certificate))
    problems.certificate = 'It begins with -----BEGIN CERTIFICATE-----.'
  if (certificate.trim() !== '' && !willHave(form, 'tlsKey'))
    problems.tlsKey = 'The certificate is of no use without its key.'
  return problems
}

function sshProblems(form: ProfileForm): FormProblems {
  if (!form.throughSsh) return {}
  const problems = {
    ...sshHostProblems(form, 'ssh', form.ssh),
    ...(form.throughJump && sshHostProblems(form, 'jump', form.jump)),
  }
  if (form.fields.transport === 'unix') problems['ssh.host'] ??= 'A socket cannot be reached through SSH: give a host.'
  return problems
}

function sshHostProblems(form: ProfileForm, part: 'ssh' | 'jump', fields: SshFields): FormProblems {
  const problems: FormProblems = {}
  if (!isHost(fields.host)) problems[`${part}.host`] = 'A host name or an IP address.'
  if (!isWhole(fields.port, 1, 65_535)) problems[`${part}.port`] = '1 to 65535.'
  if (fields.username.trim() === '') problems[`${part}.username`] = 'As whom to log in.'
  if (fields.login === 'keyFile' && fields.keyFile.trim() === '') problems[`${part}.keyFile`] = 'The path of the file.'
  if (fields.login === 'key' && !willHave(form, part === 'ssh' ? 'sshKey' : 'jumpKey'))
    problems[`${part}.key`] = 'Paste the private key, or drop its file.'
  return problems
}
