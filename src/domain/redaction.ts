import { z } from 'zod'

/**
 * What is taken out of a payload before it leaves its environment. `path` is that of a field as a filter names it
 * (`data.user.email`, `items[].card`), or a name at any depth (`**.password`), with `*` for any part of a name; `pattern` is
 * a simple regular expression (see redaction/parse-pattern.ts) that is looked for in every text and number of the payload.
 * What it finds becomes `with`, by default a word that stays the same for the same value, so that jobs of one customer
 * can still be told to belong together.
 */
export const redactionRuleSchema = z.object({
  type: z.enum(['path', 'pattern']),
  find: z.string().min(1).max(500),
  with: z.string().max(500).nullable(),
})
export type RedactionRule = z.infer<typeof redactionRuleSchema>
export const redactionRulesSchema = z.array(redactionRuleSchema).max(100)
