import { z } from 'zod'
import { linkSchema } from '../domain/link.ts'
import { systemInfoSchema } from '../domain/queue.ts'
import { query, stream } from './procedure.ts'
import { nothing } from './questions.ts'

/* What is running, and what it has to say. */

export const app = {
  /** What is running: versions, the shell, where data is kept, what set-up said ("no sandbox: started as root"). */
  info: query(
    nothing,
    z.object({
      version: z.string(),
      shell: z.enum(['electron', 'browser']),
      platform: z.string(),
      demo: z.boolean(),
      dataFolder: z.string(),
      secretsKept: z.enum(['keychain', 'vault', 'this run only']),
      notices: z.array(z.string()),
    }),
  ),
  /** What happened while nobody looked: an import that ended, a command that was given up. Newest last, at most 50. */
  notifications: stream(
    nothing,
    z.array(
      z.object({
        id: z.string(),
        at: z.number(),
        level: z.enum(['info', 'warning', 'error']),
        title: z.string(),
        text: z.string(),
      }),
    ),
  ),
  /** Where links that the system handed to Sluice lead (`sluice://open?…`). They show a place, and do nothing. */
  links: stream(nothing, linkSchema),
  /** All queue systems with their states and what each can do. */
  systems: query(nothing, z.array(systemInfoSchema)),
}
