import type { Profile, SshHost, Topology } from '../../../domain/profile.ts'
import { readServers, urlOf } from './address-fields.model.ts'
import type { ProfileForm, SshFields } from './profile-form.model.ts'

/** Where Redis listens in a cluster, and where Sentinels do, where nobody said otherwise. */
export const usualPorts = { cluster: 6379, sentinel: 26_379 } as const

type Drafted = Omit<Profile, 'id' | 'builtIn' | 'secrets'> & { id?: string }

/** The profile that a form without problems describes, but for its secrets. */
export function drafted(form: ProfileForm): Drafted {
  return {
    ...(form.id !== undefined && { id: form.id }),
    name: form.name.trim().normalize('NFC'),
    folder: form.folder.trim().normalize('NFC'),
    url: form.by === 'text' ? form.address.trim() : urlOf(form.fields),
    topology: topologyOf(form),
    tls: { ...form.tls, serverName: form.tls.serverName.trim() },
    ssh: form.throughSsh ? { ...sshHostOf(form.ssh), jump: form.throughJump ? sshHostOf(form.jump) : null } : null,
    keepSecrets: form.keepSecrets,
    colour: form.colour,
    environment: form.environment,
    readOnly: form.readOnly,
    trackedPrefix: form.trackedPrefix,
    privateTargets: form.privateTargets,
    trashLimitMb: Number(form.trashLimitMb),
    budgetPercent: Number(form.budgetPercent),
    hints: [...form.hints],
  }
}

function topologyOf({ topology }: ProfileForm): Topology {
  const { kind } = topology
  if (kind === 'standalone') return { kind }
  const servers = readServers(topology.others, usualPorts[kind])
  const others = Array.isArray(servers) ? servers : []
  if (kind === 'cluster') return { kind, others }
  const username = topology.username.trim()
  return { kind, master: topology.master.trim(), others, username: username || null, tls: topology.tls }
}

function sshHostOf({ host, port, username, login, keyFile }: SshFields): SshHost {
  return { host: host.trim(), port: Number(port), username, login, keyFile: login === 'keyFile' ? keyFile.trim() : '' }
}
