import { z } from 'zod'
import { permissionsSchema } from '../domain/permission.ts'
import {
  connectionStatusSchema,
  endpointSchema,
  hostKeySchema,
  profileDraftSchema,
  profileSchema,
  remedySchema,
  typedSecretsSchema,
} from '../domain/profile.ts'
import { profileFileQuestionSchema, profileFileSchema } from '../domain/profile-file.ts'
import { vaultStateSchema } from '../domain/vault.ts'
import { command, query, stream } from './procedure.ts'
import { connectionId, nothing, onConnection } from './questions.ts'

/* Ways to reach a Redis, the secrets they need, and which are open. */

const passphrase = z.string().min(1).max(1000)

export const profiles = {
  list: query(nothing, z.array(profileSchema)),
  save: command(profileDraftSchema, profileSchema),
  remove: command(z.object({ id: connectionId }), z.object({})),
  /** A copy with its secrets, under a new name, beside the old one. */
  duplicate: command(z.object({ id: connectionId, name: z.string().min(1).max(80) }), profileSchema),
  /** Puts all profiles in this order, and each into its folder; the built-in one stays first. */
  arrange: command(
    z.object({ places: z.array(z.object({ id: connectionId, folder: z.string().max(80) })).max(10_000) }),
    z.array(profileSchema),
  ),
  /** Tries to reach Redis step by step; never throws for a failed step, it says which one. */
  test: query(
    profileDraftSchema,
    z.object({
      ok: z.boolean(),
      steps: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
      /** A code of the closed list when a step failed, and what would mend it. */
      code: z.string().nullable(),
      remedy: remedySchema.nullable(),
    }),
  ),
  /** Takes in secrets that are asked for, to be kept or for this run; an open connection tries again at once. */
  enterSecrets: command(z.object({ id: connectionId, secrets: typedSecretsSchema, keep: z.boolean() }), z.object({})),
  /** All keys of SSH servers that a person vouched for. */
  hostKeys: query(nothing, z.array(hostKeySchema)),
  /** Vouches for the key of an SSH server, in place of any key that it had before. */
  trustHostKey: command(hostKeySchema, z.object({})),
  forgetHostKey: command(endpointSchema, z.object({})),
  /** The text of a file with these profiles: without secrets, or with them under a passphrase. */
  exportFile: query(
    z.object({ ids: z.array(connectionId).min(1).max(10_000), passphrase: z.string().min(1).max(1000).nullable() }),
    z.object({ name: z.string(), text: z.string() }),
  ),
  /** What a file of Sluice or RedisInsight holds. Reads only; throws INVALID_INPUT with what is wrong with the file. */
  readFile: query(profileFileQuestionSchema, profileFileSchema),
  /** Saves the profiles of a file that were chosen, by their places in it. Never connects to any of them. */
  importFile: command(
    profileFileQuestionSchema.extend({ take: z.array(z.number().int().min(0)).min(1).max(10_000) }),
    z.array(profileSchema),
  ),
}

/** Where secrets are kept when the system has no keychain: a file that a passphrase opens. */
export const vault = {
  watch: stream(nothing, vaultStateSchema),
  make: command(z.object({ passphrase }), vaultStateSchema),
  /** Throws AUTH_FAILED for a wrong passphrase. */
  unlock: command(z.object({ passphrase }), vaultStateSchema),
  lock: command(nothing, vaultStateSchema),
  change: command(z.object({ old: passphrase, passphrase }), vaultStateSchema),
  /** Removes it with all that is in it: the way out for who forgot the passphrase. */
  remove: command(nothing, vaultStateSchema),
}

export const connections = {
  open: command(onConnection, connectionStatusSchema),
  close: command(onConnection, connectionStatusSchema),
  /** Tries at once to reach it, or looks at once whether it is still there. */
  retry: command(onConnection, connectionStatusSchema),
  /** The status of every profile; sends the whole list at each change. */
  watch: stream(nothing, z.array(connectionStatusSchema)),
  /** Lets a production profile write for some minutes; its name must be typed exactly, and why goes into the journal. */
  unlock: command(
    onConnection.extend({
      typedName: z.string().max(200),
      minutes: z.number().int().min(1).max(120),
      reason: z.string().trim().min(1).max(1000),
    }),
    connectionStatusSchema,
  ),
  lock: command(onConnection, connectionStatusSchema),
  /** What the Redis user of this connection may do, and the ACL line of each role. */
  permissions: query(onConnection, permissionsSchema),
}
