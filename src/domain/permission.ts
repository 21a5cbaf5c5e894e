import { z } from 'zod'

/** What a Redis user may do in Sluice. A viewer looks, an operator acts on jobs, an admin acts on queues and runs workers. */
export const roles = ['viewer', 'operator', 'admin'] as const
export const roleSchema = z.enum(roles)
export type Role = z.infer<typeof roleSchema>

/** What the user of a connection may do, as the server itself says. */
export const permissionsSchema = z.object({
  /** The ACL user; null where the server cannot say. */
  user: z.string().nullable(),
  roles: z.array(
    z.object({
      role: roleSchema,
      able: z.boolean(),
      /** Commands that this role needs and the user may not run. */
      missing: z.array(z.string()),
      /** The line that makes a user of this role, for redis-cli, with a place for the password. */
      acl: z.string(),
    }),
  ),
  /** What of Sluice will not work, in sentences. */
  lacks: z.array(z.string()),
  /** Why nothing could be asked; null when it could. */
  problem: z.string().nullable(),
})
export type Permissions = z.infer<typeof permissionsSchema>
