import type { HostKey, Profile, ProfileDraft, Remedy } from '../../src/domain/profile.ts'
import { type ConnectionStatus, secretNames, usualProfile } from '../../src/domain/profile.ts'
import { parseRedisUrl } from '../../src/domain/redis-url.ts'
import type { VaultState } from '../../src/domain/vault.ts'
import { refuse } from './fake-actions.ts'
import type { FakeContext } from './fake-os.ts'
import { fakeProfileFile, fakeTest } from './fake-test.ts'
import type { FakeConnection, World } from './fake-world.ts'

const closed = (connectionId: string): ConnectionStatus => ({
  connectionId,
  status: 'closed',
  since: Date.now(),
  problem: null,
  code: null,
  remedy: null,
  servers: [],
  writable: false,
  unlockedUntil: null,
})

/** A connection to a Redis without a queue, closed. */
function fakeConnection(profile: Profile, status: Partial<ConnectionStatus> = {}): FakeConnection {
  return {
    profile,
    status: { ...closed(profile.id), ...status },
    queues: [],
    memory: [],
    redis: null,
    redisProblem: null,
    partial: null,
  }
}

const key: HostKey = {
  host: 'bastion.internal',
  port: 22,
  type: 'ssh-ed25519',
  fingerprint: 'SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM',
}

/** Connections that wait for a person, each for something else, and names that try to deceive. */
export function waitingConnections(): FakeConnection[] {
  const failed = (name: string, change: Partial<Profile>, code: string, problem: string, remedy: Remedy | null) =>
    fakeConnection(
      { ...usualProfile, id: name, name, url: `redis://${name}.internal:6379`, ...change },
      { status: 'failed', since: Date.now() - 60_000, code, problem, remedy },
    )
  const ssh = {
    host: 'bastion.internal',
    port: 22,
    username: 'ada',
    login: 'password' as const,
    keyFile: '',
    jump: null,
  }
  const before = 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'
  return [
    failed(
      'billing',
      { folder: 'Clients', topology: { kind: 'cluster', others: [] }, secrets: ['password'] },
      'SECRET_MISSING',
      'The password of this profile is not known here: enter it again.',
      { kind: 'secret', secret: 'password' },
    ),
    failed(
      'tunnel',
      { folder: 'Clients', ssh, environment: 'staging' },
      'HOST_KEY_UNKNOWN',
      'Nobody vouched for the key of this SSH server yet: compare its fingerprint, then trust it.',
      { kind: 'hostKey', key, before: null },
    ),
    failed(
      'moved',
      { folder: 'Clients', ssh, environment: 'production' },
      'HOST_KEY_CHANGED',
      'The SSH server shows another key than the one that was trusted: nothing was sent to it.',
      { kind: 'hostKey', key: { ...key, fingerprint: key.fingerprint.replace('p2Q', 'q3R') }, before },
    ),
    failed(
      'pay\u202egnigats\u202c<img src=x onerror=alert(1)>',
      {
        folder: '\u2066Old\u0007 <b>clients</b>',
        url: 'rediss://10.0.0.9:6380',
        tls: { ...usualProfile.tls, verify: false },
      },
      'HOST_NOT_FOUND',
      'The host <script>alert(1)</script>\u202e.com cannot be resolved.',
      null,
    ),
  ]
}

/** Many connections in folders, to feel the weight of hundreds. */
export function manyConnections(count: number): FakeConnection[] {
  return Array.from({ length: count }, (_, index) =>
    fakeConnection({
      ...usualProfile,
      id: `many-${index}`,
      name: `tenant-${index + 1}`,
      url: `redis://10.9.${index >> 8}.${index & 255}:6379`,
      folder: `Region ${1 + (index % 8)}`,
    }),
  )
}

/** Profiles, the vault and connections, as far as screens see them. */
export function connectionsRouter({ os, world, changed, ticked, find }: FakeContext, vaultAtFirst: VaultState) {
  const hostKeys: HostKey[] = [{ ...key, host: 'jump.internal', port: 2222 }]
  let vault = vaultAtFirst
  const known = (id: string) => {
    const found = world.connections.find(({ profile }) => profile.id === id)
    if (found === undefined) throw refuse('NOT_FOUND')
    return found
  }
  const become = (found: FakeConnection, status: Partial<ConnectionStatus>) => {
    found.status = { ...found.status, since: Date.now(), problem: null, code: null, remedy: null, ...status }
    changed.ring()
    return found.status
  }
  const connect = (found: FakeConnection) => {
    const { environment, readOnly, url } = found.profile
    setTimeout(() => {
      const servers = [url.replace(/^\w+:\/\/([^@]*@)?/, '')]
      become(found, { status: 'ready', servers, writable: environment !== 'production' && !readOnly })
      ticked.ring()
    }, 900)
    return become(found, { status: 'connecting' })
  }
  const turn = (next: VaultState) => {
    vault = next
    changed.ring()
    return vault
  }
  return {
    profiles: {
      list: os.profiles.list.handler(() => world.connections.map(({ profile }) => ({ ...profile }))),
      save: os.profiles.save.handler(({ input }) => saved(world, input, changed.ring.bind(changed))),
      remove: os.profiles.remove.handler(({ input }) => {
        const at = world.connections.findIndex(({ profile }) => profile.id === input.id)
        if (at >= 0) world.connections.splice(at, 1)
        changed.ring()
        return {}
      }),
      duplicate: os.profiles.duplicate.handler(({ input }) => {
        const found = known(input.id)
        const profile = { ...found.profile, id: crypto.randomUUID(), name: input.name }
        world.connections.splice(world.connections.indexOf(found) + 1, 0, fakeConnection(profile))
        changed.ring()
        return profile
      }),
      arrange: os.profiles.arrange.handler(({ input }) => {
        const moved = input.places.map(({ id, folder }) => {
          const found = known(id)
          found.profile = { ...found.profile, folder }
          return found
        })
        const rest = world.connections.filter((one) => !moved.includes(one))
        world.connections.splice(0, world.connections.length, ...rest, ...moved)
        return world.connections.map(({ profile }) => profile)
      }),
      test: os.profiles.test.handler(({ input }) => fakeTest(input, hostKeys)),
      enterSecrets: os.profiles.enterSecrets.handler(({ input }) => {
        const found = known(input.id)
        if (Object.values(input.secrets).includes('wrong'))
          become(found, {
            status: 'failed',
            code: 'AUTH_FAILED',
            problem: 'Redis refused the user name or password.',
          })
        else connect(found)
        return {}
      }),
      hostKeys: os.profiles.hostKeys.handler(() => [...hostKeys]),
      trustHostKey: os.profiles.trustHostKey.handler(({ input }) => {
        const at = hostKeys.findIndex(({ host, port }) => host === input.host && port === input.port)
        hostKeys.splice(at < 0 ? hostKeys.length : at, at < 0 ? 0 : 1, input)
        return {}
      }),
      forgetHostKey: os.profiles.forgetHostKey.handler(({ input }) => {
        const at = hostKeys.findIndex(({ host, port }) => host === input.host && port === input.port)
        if (at >= 0) hostKeys.splice(at, 1)
        return {}
      }),
      exportFile: os.profiles.exportFile.handler(({ input }) => ({
        name: 'sluice-connections.json',
        text: JSON.stringify({ sluice: 'profiles', sealed: input.passphrase !== null, ids: input.ids }),
      })),
      readFile: os.profiles.readFile.handler(({ input }) => fakeProfileFile(input)),
      importFile: os.profiles.importFile.handler(({ input }) => {
        const { profiles } = fakeProfileFile(input)
        const taken = input.take.flatMap((place) => profiles[place] ?? [])
        const made = taken.map(({ profile, nameTaken }): Profile => {
          const name = nameTaken ? `${profile.name} (2)` : profile.name
          return { ...profile, id: crypto.randomUUID(), name, builtIn: false, secrets: [] }
        })
        world.connections.push(...made.map((profile) => fakeConnection(profile)))
        changed.ring()
        return made
      }),
    },
    vault: {
      watch: os.vault.watch.handler(async function* ({ signal }) {
        while (!signal?.aborted) {
          yield vault
          await changed.wait(signal)
        }
      }),
      make: os.vault.make.handler(() => turn({ kind: 'vault', locked: false })),
      unlock: os.vault.unlock.handler(({ input }) => {
        if (input.passphrase === 'wrong') throw refuse('AUTH_FAILED', 'That is not the passphrase.')
        return turn({ kind: 'vault', locked: false })
      }),
      lock: os.vault.lock.handler(() => turn({ kind: 'vault', locked: true })),
      change: os.vault.change.handler(() => vault),
      remove: os.vault.remove.handler(() => turn({ kind: 'this run only', locked: false })),
    },
    connections: {
      open: os.connections.open.handler(({ input }) => connect(known(input.connectionId))),
      close: os.connections.close.handler(({ input }) => {
        const found = find(input.connectionId)
        return become(found, { ...closed(input.connectionId) })
      }),
      retry: os.connections.retry.handler(({ input }) => {
        const found = find(input.connectionId)
        return found.status.remedy === null ? connect(found) : found.status
      }),
      watch: os.connections.watch.handler(async function* ({ signal }) {
        while (!signal?.aborted) {
          yield world.connections.map(({ status }) => ({ ...status }))
          await changed.wait(signal)
        }
      }),
    },
  }
}

function saved(world: World, { secrets, id, ...draft }: ProfileDraft, ring: () => void): Profile {
  const found = world.connections.find(({ profile }) => profile.id === id)
  const kept = new Set(found?.profile.secrets)
  const { password } = parseRedisUrl(draft.url)
  for (const name of secretNames) {
    const typed = secrets[name] ?? (name === 'password' ? password : undefined)
    if (typed === '') kept.delete(name)
    else if (typed != null) kept.add(name)
  }
  const profile = { ...draft, id: id ?? crypto.randomUUID(), builtIn: false, secrets: [...kept] }
  if (found === undefined) world.connections.push(fakeConnection(profile))
  else found.profile = profile
  ring()
  return profile
}
