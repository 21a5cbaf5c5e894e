import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import type { Reply, Writer } from '../../systems/handles.ts'
import type { TrashSlot } from '../../systems/system.ts'
import { oneAtATime } from '../profiles/one-at-a-time.ts'
import type { Connection } from '../redis/connection.ts'
import { isRead } from '../redis/read-commands.ts'
import { within } from '../within.ts'
import { fenceScript, receiptLost, withReceipt } from './receipt-script.ts'
import type { ReplayLog } from './replay-log.ts'
import { pause, untilReady } from './until-ready.ts'

export interface NumberedOptions {
  readonly connection: Pick<Connection, 'writer' | 'status' | 'onStatus'>
  /** The entry beside which the receipt is kept. */
  readonly trash: TrashSlot
  /** How long the receipt lives after each script, ms; by default as long as a late packet can be on its way. */
  readonly ttlMs?: number
  /** The number of the last script that was answered; 0 at first. */
  readonly last?: number
  /** Answers of an earlier try, which are given in place of asking again. */
  readonly log?: ReplayLog
  /** How long to wait for a connection that was cut, ms; where nobody wants to wait, how long a call may take in all. */
  readonly patienceMs?: number
  /** False where nobody wants to wait for a Redis that is away: it is waited for only once a script may have been done. */
  readonly waits?: boolean
  /** Ends the wait for a connection that was cut. */
  readonly signal?: AbortSignal
  /** Told what is wrong while it waits, and null when Redis answers again. */
  readonly onTrouble?: (problem: string | null) => void
}

/**
 * A Writer whose scripts are done exactly once. Its calls are made one after the other; without a log, reads do not wait
 * for their turn.
 */
export interface NumberedWriter extends Writer {
  /** The number of the last script that was sent. */
  readonly last: number
  /** Ends all numbers up to this one: a script of an earlier try that is still on its way does nothing. 1 script. */
  fence(to: number): Promise<void>
}

const usualPatienceMs = 30_000
/** Where nobody wants to wait: a person looks at a button, and hears after this at the latest that nobody knows. */
const hurriedPatienceMs = 7_000
/** How often it is asked again when nobody wants to wait any more: a socket that was cut opens at once. */
const lastTries = 5
/** No packet is on its way for longer, ms. */
export const lateMs = 20 * 60_000

/** After these, asking again may help; what a script did by then, its receipt knows. */
const askAgain = [
  ...['OUTCOME_UNKNOWN', 'CONNECTION_LOST', 'COMMAND_TIMEOUT', 'TOO_MANY_CLIENTS'],
  ...['REDIS_LOADING', 'REDIS_BUSY', 'REDIS_UNAVAILABLE'],
]

/**
 * A Writer whose scripts are numbered: a cut connection is waited for, and the script asked again under its number, so
 * that it is done once and its answer is known. Throws OUTCOME_UNKNOWN when the connection does not come back in time, or
 * Redis has lost the receipt, and where nobody waits for whatever stops it after its first script; CONNECTION_LOST when
 * nothing was sent.
 */
export function numberedWriter(options: NumberedOptions): NumberedWriter {
  const { connection, trash, log, ttlMs = lateMs, signal, onTrouble, waits = true } = options
  const { patienceMs = waits ? usualPatienceMs : hurriedPatienceMs } = options
  const receipt = receiptOf(trash)
  const inTurn = oneAtATime()
  let last = options.last ?? 0
  /** Whether a script was done, or may have been. */
  let begun = false

  /** Asks until there is an answer. `numbered` says that an unknown outcome may be asked for again. */
  async function ask<T>(numbered: boolean, send: (writer: Writer) => Promise<T>): Promise<T> {
    const until = Date.now() + patienceMs
    let unknown = false
    let waited = false
    for (let tries = 0; ; tries++) {
      try {
        const asked = send(connection.writer())
        const answer = await (numbered && !waits ? answerWithin(Math.max(0, until - Date.now()), asked) : asked)
        if (waited) onTrouble?.(null)
        return answer
      } catch (thrown) {
        const error = asSluiceError(thrown)
        unknown ||= error.code === 'OUTCOME_UNKNOWN'
        begun ||= unknown
        const again =
          askAgain.includes(error.code) && (numbered || error.code !== 'OUTCOME_UNKNOWN') && (waits || begun)
        const left = until - Date.now()
        if (!again || left <= 0 || (signal?.aborted && tries >= lastTries)) {
          if (unknown) throw new SluiceError('OUTCOME_UNKNOWN')
          throw begun && !waits ? halfDone(error) : error
        }
        waited = true
        onTrouble?.(waitingFor(error))
        if (signal?.aborted) await pause(100)
        await untilReady(connection, Math.min(left, 50 * 2 ** Math.min(tries, 5)), left, signal)
      }
    }
  }

  /** Gives the answer of an earlier try, else asks, and remembers it. */
  const logged = <T extends Reply>(writes: boolean, work: () => Promise<T>): Promise<T> =>
    inTurn(async () => {
      const known = log?.next()
      if (known !== undefined && known !== null) return known.reply as T
      if (writes) await log?.flush()
      const reply = await work()
      log?.push(reply)
      return reply
    })

  /** Where nobody remembers the answers, a read has no turn. */
  const reading = <T extends Reply>(work: () => Promise<T>) => (log === undefined ? work() : logged(false, work))

  return {
    get last() {
      return last
    },
    pipeline: (commands) => logged(false, () => ask(false, (writer) => writer.pipeline(commands))),
    call(...command) {
      const work = () => ask(false, (writer) => writer.call(...command))
      return isRead(command) ? reading(work) : logged(false, work)
    },
    run(script, keys, args) {
      if (script.reads) return reading(() => ask(true, (writer) => writer.run(script, keys, args)))
      const number = ++last
      return logged(true, async () => {
        try {
          const reply = await ask(true, (writer) =>
            writer.run(withReceipt(script), [...keys, receipt], [...args, number, ttlMs]),
          )
          begun = true
          return reply
        } catch (error) {
          throw isLost(error) ? new SluiceError('OUTCOME_UNKNOWN', lostSentence) : error
        }
      })
    },
    async fence(to) {
      const reply = await ask(true, (writer) => writer.run(fenceScript, [receipt], [to, ttlMs]))
      if (reply !== 1) throw new SluiceError('OUTCOME_UNKNOWN', lostSentence)
      last = to
    },
  }
}

/** What stopped an action whose first scripts were done: nobody may take it for one that did nothing. */
const halfDone = ({ message }: SluiceError) =>
  new SluiceError('OUTCOME_UNKNOWN', `Stopped when a part of it was done already: ${message}`)

/** The answer; throws OUTCOME_UNKNOWN when it does not come in time, whatever still comes of it. */
async function answerWithin<T>(ms: number, asked: Promise<T>): Promise<T> {
  if (await within(ms, asked)) return asked
  asked.catch(() => {})
  throw new SluiceError('OUTCOME_UNKNOWN')
}

const lostSentence =
  'Redis no longer knows what was done last (its memory was lost, or too much time has passed): look before you repeat this.'

/** The key of the receipts of a trash entry's scripts. */
export const receiptOf = (trash: TrashSlot): string => `${trash.key}:receipt`

const isLost = (error: unknown) => error instanceof Error && error.message.includes(receiptLost)

function waitingFor({ code, message }: SluiceError): string {
  if (code === 'OUTCOME_UNKNOWN') return 'The connection broke while Redis was working: it will be asked what it did.'
  return message
}

/** Whether an error says that nobody can tell any more what a script did. */
export const isReceiptLost = (error: unknown) => error instanceof SluiceError && error.message === lostSentence
