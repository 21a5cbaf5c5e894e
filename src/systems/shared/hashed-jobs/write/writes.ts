import type { WriteActions } from '../../../system.ts'
import { baseOf } from '../layout.ts'
import { runScript } from './answers.ts'
import { createActions } from './create.ts'
import { delayedActions } from './delayed.ts'
import { removeAction } from './discard.ts'
import { afterwards } from './fates.ts'
import type { Library } from './library.ts'
import { scriptsOf } from './prelude.lua.ts'
import { purgeAction } from './purge.ts'
import { restoreAction } from './restore.ts'
import { retryActions } from './retry.ts'

/** The actions whose changes the trash keeps. */
export const undoes = ['retry', 'retryAll', 'editAndRetry', 'move'] as const

/** What can be done to the queues of a library that keeps a job as a hash; its schedules are its own. */
export function writesOf(library: Library) {
  const script = scriptsOf(library)
  const pauseScript = script('pause', library.pauseLua)
  const resumeScript = script('resume', library.resumeLua)
  return {
    ...retryActions(library),
    ...removeAction(library),
    ...purgeAction(library),
    ...restoreAction(library),
    ...afterwards(library),
    ...createActions(library),
    ...delayedActions(library),
    /** 1 script, O(1). Jobs that run finish. */
    pause: async (writer, queue) => {
      const done = Number(await runScript(writer, pauseScript, [baseOf(queue)], []))
      return { done, missing: 0, refused: [] }
    },
    /** 1 script, O(1), or O(n) where jobs were put to both lists of a paused queue. */
    resume: async (writer, queue) => {
      const done = Number(await runScript(writer, resumeScript, [baseOf(queue)], []))
      return { done, missing: 0, refused: [] }
    },
  } satisfies WriteActions
}
