import { join } from 'node:path'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import { firstRules } from '../../domain/redaction/first-rules.ts'
import { redactorOf } from '../../domain/redaction/redact.ts'
import { type RedactionRule, redactionRulesSchema } from '../../domain/redaction.ts'
import { writeFileAtomic } from '../profiles/atomic-file.ts'
import { readKeptFile } from '../profiles/kept-file.ts'
import { oneAtATime } from '../profiles/one-at-a-time.ts'

/** The redaction rules that were used last. */
export interface RedactionStore {
  rules(): RedactionRule[]
  /** Throws INVALID_INPUT for a rule that means nothing, DISK_FAILED. */
  save(rules: readonly RedactionRule[]): Promise<RedactionRule[]>
  /** Sentences for the person about what happened at start. */
  readonly notices: readonly string[]
}

const fileSchema = z.object({ version: z.literal(1), rules: redactionRulesSchema })

/** Opens `redaction.json` of the data folder; sensible rules where there is none. Throws DISK_FAILED. */
export async function openRedactionStore(folder: string): Promise<RedactionStore> {
  const file = join(folder, 'redaction.json')
  const { contents, notice } = await readKeptFile(file, fileSchema)
  let rules: readonly RedactionRule[] = contents?.rules ?? firstRules
  const inTurn = oneAtATime()
  return {
    rules: () => [...rules],
    save: (next) =>
      inTurn(async () => {
        const made = redactorOf(next)
        if ('problem' in made) throw new SluiceError('INVALID_INPUT', made.problem)
        await writeFileAtomic(file, `${JSON.stringify({ version: 1, rules: next }, null, 2)}\n`)
        rules = [...next]
        return [...rules]
      }),
    notices: notice === null ? [] : [notice],
  }
}

/** What rules make of a payload, and what is wrong with them. */
export function tryRedaction(
  rules: readonly RedactionRule[],
  payload: string,
): { payload: string; replaced: number; problems: string[] } {
  const problems: string[] = []
  const good = rules.filter((rule) => {
    const made = redactorOf([rule])
    if ('problem' in made) problems.push(made.problem)
    return !('problem' in made)
  })
  const redactor = redactorOf(good)
  return typeof redactor === 'function' ? { ...redactor(payload), problems } : { payload, replaced: 0, problems }
}
