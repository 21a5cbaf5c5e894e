import { asSluiceError } from '../domain/errors.ts'
import { readLink } from '../domain/link-text.ts'
import type { Engine } from '../engine/engine.ts'
import { wordsAfterSwitches } from './start-switches.ts'

/** The one link of a command line, where the system puts it: alone, after `--`. */
export function linkOf(argv: readonly string[]): string | null {
  const [word, ...more] = wordsAfterSwitches(argv)
  return word !== undefined && more.length === 0 ? word : null
}

/**
 * Links that come from outside: by the command line, from a second start of the app, or from macOS. Any page of the
 * person's browser can make the system hand one over, so they are read strictly and do nothing but show a place.
 */
export class DeepLinks {
  readonly #waiting: string[] = []
  #engine: Pick<Engine, 'follow' | 'tell'> | null = null

  /** Takes whatever came in place of a link; nothing is done for null. */
  open(text: unknown): void {
    if (typeof text !== 'string') return
    if (this.#engine === null)
      this.#waiting.splice(0, 1, text) // the newest one counts
    else this.#follow(text, this.#engine)
  }

  /** From now on there is somebody to follow them. */
  serve(engine: Pick<Engine, 'follow' | 'tell'>): void {
    this.#engine = engine
    for (const text of this.#waiting.splice(0)) this.#follow(text, engine)
  }

  #follow(text: string, engine: Pick<Engine, 'follow' | 'tell'>): void {
    try {
      engine.follow(readLink(text))
    } catch (error) {
      // The text is not shown: it comes from anybody.
      engine.tell('warning', 'A link was not followed', asSluiceError(error).message)
    }
  }
}
