import { z } from 'zod'
import { profileSchema, secretNameSchema } from './profile.ts'

/** A file of profiles, as text, and the passphrase where it has one. At most 10 MB. */
export const profileFileQuestionSchema = z.object({
  text: z.string().max(10_000_000),
  passphrase: z.string().max(1000).nullable(),
})

/** One profile of a file, before it is taken over. */
export const fileProfileSchema = z.object({
  profile: profileSchema.omit({ id: true, builtIn: true, secrets: true }),
  /** Which secrets the file has for it; they are not told. */
  secrets: z.array(secretNameSchema),
  /** A profile of Sluice has this name already; it is kept, and this one gets another name. */
  nameTaken: z.boolean(),
  /** What could not be taken over as it was, in sentences. */
  notes: z.array(z.string()),
})
export type FileProfile = z.infer<typeof fileProfileSchema>

/** What a file of profiles holds. */
export const profileFileSchema = z.object({
  from: z.enum(['Sluice', 'RedisInsight']),
  /** Its secrets are sealed, and no passphrase was given yet: without it, the profiles come without them. */
  sealed: z.boolean(),
  profiles: z.array(fileProfileSchema),
  /** What was left out and why, in sentences. */
  problems: z.array(z.string()),
})
export type ProfileFile = z.infer<typeof profileFileSchema>
