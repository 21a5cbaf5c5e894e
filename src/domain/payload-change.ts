import { z } from 'zod'

/**
 * A change of the payloads of many jobs. `patch`: a JSON Patch (RFC 6902) as text. `assign`: lines of `path = value`, the
 * value being JSON or an expression over the job's own fields (`data.attempt + 1`, `lower(data.email)`).
 */
export const payloadChangeSchema = z.object({
  type: z.enum(['patch', 'assign']),
  text: z.string().min(1).max(100_000),
})
export type PayloadChange = z.infer<typeof payloadChangeSchema>
