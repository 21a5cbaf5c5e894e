import { z } from 'zod'

/** How careful to be: production opens read-only and needs a timed unlock to write. */
export const environments = ['local', 'staging', 'production'] as const
export const environmentSchema = z.enum(environments)
export type Environment = z.infer<typeof environmentSchema>

/** Names of profile colours; the renderer maps each to one token per theme. */
export const profileColours = ['slate', 'blue', 'green', 'amber', 'red', 'violet', 'pink', 'teal'] as const
export const profileColourSchema = z.enum(profileColours)

/** How much of a Redis removed jobs may take up, in MB, where nobody said otherwise. */
export const defaultTrashLimitMb = 256

/** What a profile may keep secret, each under its own name. `ssh` and `jump` are passwords, or what opens the key. */
export const secretNames = [
  'password',
  'sentinelPassword',
  'tlsKey',
  'tlsKeyPassphrase',
  'ssh',
  'sshKey',
  'jump',
  'jumpKey',
] as const
export const secretNameSchema = z.enum(secretNames)
export type SecretName = z.infer<typeof secretNameSchema>

/** Where something listens. */
export const endpointSchema = z.object({ host: z.string().min(1).max(255), port: z.number().int().min(1).max(65_535) })
export type Endpoint = z.infer<typeof endpointSchema>

/**
 * How the servers behind a profile are arranged. `others` are further Sentinels, or further nodes of the cluster, to try
 * when the one of the URL does not answer. `username` and `tls` of a Sentinel are its own; those of Redis are in the URL.
 */
export const topologySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('standalone') }),
  z.object({
    kind: z.literal('sentinel'),
    /** What the Sentinels call the group: `mymaster`. */
    master: z.string().min(1).max(200),
    others: z.array(endpointSchema).max(20),
    username: z.string().max(200).nullable(),
    tls: z.boolean(),
  }),
  z.object({ kind: z.literal('cluster'), others: z.array(endpointSchema).max(50) }),
])
export type Topology = z.infer<typeof topologySchema>

const pem = z.string().max(100_000)

/** How TLS is checked, for Redis, its Sentinels and all nodes alike. Text in PEM; empty where there is none. */
export const tlsSettingsSchema = z.object({
  /** Authorities to trust in place of the system's. */
  ca: pem,
  /** Our own certificate, for servers that ask for one; its key is the secret `tlsKey`. */
  certificate: pem,
  /** The name that the certificate of the server must bear, where that is not the host. */
  serverName: z.string().max(255),
  /** False takes any certificate: whoever sits in between can read and change everything. */
  verify: z.boolean(),
})
export type TlsSettings = z.infer<typeof tlsSettingsSchema>

/** An SSH server to go through, and how to log in there. */
export const sshHostSchema = endpointSchema.extend({
  username: z.string().min(1).max(200),
  /** `key`: the key is a secret of the profile; `keyFile`: it is read from its file at each log-in. */
  login: z.enum(['password', 'key', 'keyFile', 'agent']),
  keyFile: z.string().max(4096),
})
export type SshHost = z.infer<typeof sshHostSchema>

/** The SSH server that Redis is reached from, and the one before it where there is a jump host. */
export const sshSchema = sshHostSchema.extend({ jump: sshHostSchema.nullable() })
export type Ssh = z.infer<typeof sshSchema>

/**
 * A saved way to reach one Redis. `url` leads to Redis itself, to a Sentinel, or to a node of a cluster, and never holds a
 * password: that is taken out on save and kept by the secret store. `hints` and `trackedPrefix` help where discovery
 * cannot know (a Bull prefix, a Laravel prefix, a tracker's keys).
 */
export const profileSchema = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(80),
  /** Shown together under this name; empty for none. */
  folder: z.string().max(80).default(''),
  url: z.string().min(1).max(2000),
  topology: topologySchema.default({ kind: 'standalone' }),
  tls: tlsSettingsSchema.default({ ca: '', certificate: '', serverName: '', verify: true }),
  ssh: sshSchema.nullable().default(null),
  colour: profileColourSchema,
  environment: environmentSchema,
  readOnly: z.boolean(),
  /** Queues named by hand, for keys that discovery cannot tell apart or may not scan for. */
  hints: z.array(z.object({ system: z.string(), prefix: z.string().max(500), name: z.string().max(500) })).max(500),
  /** The key pattern of tracked requests, in place of `local_request:`. */
  trackedPrefix: z.string().min(1).max(200),
  /** Whether workers that call URLs of jobs may call addresses of private networks and of this computer. */
  privateTargets: z.boolean().default(true),
  /** How much removed jobs may take up in this Redis, in MB. */
  trashLimitMb: z.number().int().min(0).max(1_000_000).default(defaultTrashLimitMb),
  /** True for the private server that the app itself runs; it can be neither edited nor removed. */
  builtIn: z.boolean(),
  /** How much of the time of this Redis Sluice may use by itself, to keep its figures fresh: per cent of one core. */
  budgetPercent: z.number().min(0.1).max(50).default(2),
  /** False: secrets are asked for after each start, and never written to disk. */
  keepSecrets: z.boolean().default(true),
  /** Which secrets it has; they themselves never leave the engine. */
  secrets: z.array(secretNameSchema).default([]),
})
export type Profile = z.infer<typeof profileSchema>

/** What a profile is besides its id, name and address, where nobody said otherwise. */
export const usualProfile: Omit<Profile, 'id' | 'name' | 'url'> = {
  folder: '',
  topology: { kind: 'standalone' },
  tls: { ca: '', certificate: '', serverName: '', verify: true },
  ssh: null,
  colour: 'blue',
  environment: 'local',
  readOnly: false,
  hints: [],
  trackedPrefix: 'local_request:',
  privateTargets: true,
  trashLimitMb: defaultTrashLimitMb,
  builtIn: false,
  budgetPercent: 2,
  keepSecrets: true,
  secrets: [],
}

/** Secrets by name: an empty one is removed, one that is not named stays as it was. */
export const typedSecretsSchema = z.partialRecord(secretNameSchema, z.string().max(100_000))
export type TypedSecrets = z.infer<typeof typedSecretsSchema>

/** What a person types to make or change a profile. A password in `url` is taken for the secret `password`. */
export const profileDraftSchema = profileSchema
  .omit({ id: true, builtIn: true, secrets: true })
  .extend({ id: z.string().max(64).optional(), secrets: typedSecretsSchema })
export type ProfileDraft = z.infer<typeof profileDraftSchema>

/** What a draft is besides its name and address, where nobody typed anything else. */
export const usualDraft: Omit<ProfileDraft, 'id' | 'name' | 'url'> = (({ builtIn: _, ...rest }) => ({
  ...rest,
  secrets: {},
}))(usualProfile)

/** The key of a host that SSH came to: a person compares the fingerprint before it is trusted. */
export const hostKeySchema = endpointSchema.extend({
  /** `ssh-ed25519`, say. */
  type: z.string().max(100),
  /** `SHA256:…`, as ssh prints it. */
  fingerprint: z.string().max(200),
})
export type HostKey = z.infer<typeof hostKeySchema>

/** What would mend a connection that failed: a secret that is not known, or the key of a host that nobody vouched for. */
export const remedySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('secret'), secret: secretNameSchema }),
  z.object({ kind: z.literal('vault') }),
  z.object({
    kind: z.literal('hostKey'),
    key: hostKeySchema,
    /** The fingerprint trusted so far, when the host now shows another: an attack, or a host that was set up anew. */
    before: z.string().nullable(),
  }),
])
export type Remedy = z.infer<typeof remedySchema>

/** What an open connection is doing; `since` is epoch ms of the last change. */
export const connectionStatusSchema = z.object({
  connectionId: z.string(),
  status: z.enum(['closed', 'connecting', 'ready', 'reconnecting', 'failed']),
  since: z.number(),
  /** One sentence on what is wrong, when something is. */
  problem: z.string().nullable(),
  /** The code of that problem in the closed list of domain/errors.ts. */
  code: z.string().nullable(),
  /** What a person can do about it, where Sluice knows. */
  remedy: remedySchema.nullable(),
  /** The servers it reads from now: `10.0.0.5:6379`, of a cluster all masters; empty while none answers. */
  servers: z.array(z.string()),
  /** False while read-only (by profile, or a production profile that is not unlocked). */
  writable: z.boolean(),
  /** Epoch ms at which a production unlock ends; null when not unlocked. */
  unlockedUntil: z.number().nullable(),
})
export type ConnectionStatus = z.infer<typeof connectionStatusSchema>
