import { type ClientContext, type ClientLink, type ClientOptions, ORPCError } from '@orpc/client'
import { createStore } from 'zustand/vanilla'
import { SluiceError } from '../../domain/errors.ts'
import { Line } from './line.ts'
import type { OpenSession, Session } from './transport.ts'

export interface EngineStatus {
  /** `connecting` is the first time only; after that a cut line is `gone` until it is back. */
  readonly phase: 'connecting' | 'up' | 'gone'
  /** Epoch ms of the last change. */
  readonly since: number
}

const handshakeMs = 5_000
/** A line that was cut without a word (a computer that slept) is found out this soon after. */
const heartbeatMs = 5_000
/** Longer than any pause that a busy engine may make. */
const silenceMs = 15_000
const firstPauseMs = 250
const longestPauseMs = 5_000

/**
 * A link that outlives its line: it opens sessions for ever, with growing pauses. Queries and streams wait for the next
 * session; a command never does, and one that was under way when the line was cut fails with OUTCOME_UNKNOWN, because
 * nobody can tell whether it happened.
 */
export class EngineLink implements ClientLink<ClientContext> {
  readonly status = createStore<EngineStatus>(() => ({ phase: 'connecting', since: Date.now() }))
  #line: Line | null = null
  #waiting: (() => void)[] = []
  #stopped = false

  constructor(
    private readonly open: OpenSession,
    private readonly isCommand: (path: readonly string[]) => boolean,
    private readonly pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {}

  /** Opens sessions until `stop`; resolves then. */
  async run(): Promise<void> {
    let pauseMs = firstPauseMs
    while (!this.#stopped) {
      const session = this.open()
      if (await greet(session)) {
        pauseMs = firstPauseMs
        const line = new Line(session)
        this.#line = line
        this.#become('up')
        for (const wake of this.#waiting.splice(0)) wake()
        const heartbeat = setInterval(() => void hasLife(line).then((alive) => alive || session.close()), heartbeatMs)
        await session.closed
        clearInterval(heartbeat)
        this.#line = null
        this.#become('gone')
      } else {
        session.close()
        if (this.status.getState().phase === 'connecting' && pauseMs > firstPauseMs) this.#become('gone')
        await this.pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      }
    }
  }

  stop(): void {
    this.#stopped = true
    this.#line?.session.close()
  }

  async call(path: readonly string[], input: unknown, options: ClientOptions<ClientContext>): Promise<unknown> {
    const command = this.isCommand(path)
    if (command && this.status.getState().phase === 'gone') {
      throw new SluiceError('INTERNAL', 'The engine of Sluice cannot be reached, so nothing was done.')
    }
    const line = this.#line ?? (await this.#nextLine(options.signal))
    const onCut = command ? unknownOutcome : cutOff
    const answer = await line.answer(line.session.link.call(path, input, options), onCut)
    return isEvents(answer) ? line.events(answer, onCut) : answer
  }

  #become(phase: EngineStatus['phase']): void {
    if (this.status.getState().phase !== phase) this.status.setState({ phase, since: Date.now() })
  }

  #nextLine(signal: AbortSignal | undefined): Promise<Line> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal?.removeEventListener('abort', leave)
        if (this.#line !== null) resolve(this.#line)
        else reject(new SluiceError('INTERNAL', 'The engine of Sluice cannot be reached.'))
      }
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== wake)
        reject(signal?.reason)
      }
      if (signal?.aborted) return reject(signal.reason)
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(wake)
    })
  }
}

function unknownOutcome(): SluiceError {
  return new SluiceError(
    'OUTCOME_UNKNOWN',
    'The line to the engine broke while this was being done: look again before you repeat it.',
  )
}

/** No code of the engine's: the same question may be asked again on the next line. */
function cutOff(): Error {
  return new Error('The line to the engine was cut.')
}

function isEvents(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer
}

function hello(session: Session, withinMs: number): Promise<boolean> {
  const answer = session.link.call(['app', 'info'], undefined, { context: {}, signal: AbortSignal.timeout(withinMs) })
  // A refusal is a sign of life, too.
  return answer.then(() => true).catch((error: unknown) => error instanceof ORPCError)
}

/** Whether somebody is at the other end: a port that nobody took looks open for ever. */
function greet(session: Session): Promise<boolean> {
  return Promise.race([hello(session, handshakeMs), session.closed.then(() => false)])
}

/** Whether somebody is still there. */
function hasLife(line: Line): Promise<boolean> {
  return line.answer(hello(line.session, silenceMs), cutOff).catch(() => false)
}
