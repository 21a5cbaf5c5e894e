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

/**
 * A saved way to reach one Redis. `url` never holds a password: it is taken out on save and kept by the secret store.
 * `prefixes` and `trackedPatterns` help where discovery cannot know (a Bull prefix, a Laravel prefix, a tracker's keys).
 */
export const profileSchema = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(80),
  url: z.string().min(1).max(2000),
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
  /** Whether a password is stored; the password itself never leaves the engine. */
  hasSecret: z.boolean(),
})
export type Profile = z.infer<typeof profileSchema>

/** What a person types to make or change a profile. A password in `url` goes to the secret store; null keeps the old one. */
export const profileDraftSchema = profileSchema
  .pick({
    name: true,
    url: true,
    colour: true,
    environment: true,
    readOnly: true,
    hints: true,
    trackedPrefix: true,
    privateTargets: true,
    trashLimitMb: true,
  })
  .extend({ id: z.string().max(64).optional(), password: z.string().max(4000).nullable() })
export type ProfileDraft = z.infer<typeof profileDraftSchema>

/** What an open connection is doing; `since` is epoch ms of the last change. */
export const connectionStatusSchema = z.object({
  connectionId: z.string(),
  status: z.enum(['closed', 'connecting', 'ready', 'reconnecting', 'failed']),
  since: z.number(),
  /** One sentence on what is wrong, when something is. */
  problem: z.string().nullable(),
  /** False while read-only (by profile, or a production profile that is not unlocked). */
  writable: z.boolean(),
  /** Epoch ms at which a production unlock ends; null when not unlocked. */
  unlockedUntil: z.number().nullable(),
})
export type ConnectionStatus = z.infer<typeof connectionStatusSchema>
