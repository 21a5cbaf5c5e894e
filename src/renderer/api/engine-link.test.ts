import type { ClientContext, ClientLink } from '@orpc/client'
import { describe, expect, it, vi } from 'vitest'
import { EngineLink } from './engine-link.ts'
import type { Session } from './transport.ts'

type Answer = (path: readonly string[]) => Promise<unknown>

/** A line whose other end is a function; `cut` is what a pulled cable does. */
class FakeSession implements Session {
  readonly calls: string[] = []
  cut = () => {}
  readonly closed = new Promise<void>((resolve) => {
    this.cut = resolve
  })
  readonly link: ClientLink<ClientContext>
  constructor(answer: Answer = async () => 'answer') {
    this.link = {
      call: (path) => {
        this.calls.push(path.join('.'))
        return answer(path)
      },
    }
  }
  close() {
    this.cut()
  }
}

const options = { context: {} }
const isCommand = (path: readonly string[]) => path[1] === 'purge'

/** A link over these sessions, one after the other; the pause before each next one is the test's to end. */
function over(...sessions: FakeSession[]) {
  const rest = [...sessions]
  let resume = () => {}
  const link = new EngineLink(
    () => {
      const next = rest.shift()
      if (next !== undefined) return next
      link.stop()
      const dead = new FakeSession()
      dead.cut()
      return dead
    },
    isCommand,
    () => new Promise((resolve) => (resume = resolve)),
  )
  const phase = (wanted: string) =>
    new Promise<void>((resolve) => {
      const look = () => link.status.getState().phase === wanted && resolve()
      link.status.subscribe(look)
      look()
    })
  return { link, phase, resume: () => resume() }
}

const refuses = async () => {
  throw new Error('nobody there')
}

describe('EngineLink', () => {
  it('greets first, and keeps what was asked before until somebody answers', async () => {
    const session = new FakeSession()
    const { link, phase } = over(session)
    const early = link.call(['queues', 'page'], {}, options)
    void link.run()
    await phase('up')
    expect(await early).toBe('answer')
    expect(session.calls).toEqual(['app.info', 'queues.page'])
    link.stop()
  })

  it('comes back on a new line, and lets queries wait for it', async () => {
    const [first, second] = [new FakeSession(), new FakeSession(async () => 'from the second')]
    const { link, phase } = over(first, second)
    void link.run()
    await phase('up')
    first.cut()
    await phase('gone')
    const waiting = link.call(['queues', 'page'], {}, options)
    expect(await waiting).toBe('from the second')
    expect(link.status.getState().phase).toBe('up')
    link.stop()
  })

  it('does not know what became of a command that was under way, and says so instead of repeating it', async () => {
    const first = new FakeSession((path) => (path[0] === 'app' ? Promise.resolve({}) : new Promise(() => {})))
    const second = new FakeSession()
    const { link, phase } = over(first, second)
    void link.run()
    await phase('up')
    const purge = link.call(['queues', 'purge'], {}, options)
    const seen = expect(purge).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    first.cut()
    await seen
    await phase('up')
    expect(second.calls).not.toContain('queues.purge')
    link.stop()
  })

  it('refuses a command at once while the engine is gone', async () => {
    const first = new FakeSession()
    const { link, phase, resume } = over(first, new FakeSession(refuses))
    const run = link.run()
    await phase('up')
    first.cut()
    await phase('gone')
    await expect(link.call(['queues', 'purge'], {}, options)).rejects.toThrow('nothing was done')
    await new Promise((resolve) => setImmediate(resolve))
    link.stop()
    resume()
    await run
  })

  it('forgets a query whose asker left while it waited', async () => {
    const { link } = over()
    const controller = new AbortController()
    const waiting = link.call(['queues', 'page'], {}, { ...options, signal: controller.signal })
    controller.abort(new Error('left'))
    await expect(waiting).rejects.toThrow('left')
  })
})

describe('a line that is cut without a word to its callers', () => {
  it('ends queries and streams, so that they can be asked again', async () => {
    const events = async function* () {
      yield 1
      await new Promise(() => {})
    }
    const session = new FakeSession((path) => {
      if (path[0] === 'app') return Promise.resolve({})
      return path[0] === 'telemetry' ? Promise.resolve(events()) : new Promise(() => {})
    })
    const { link, phase } = over(session)
    void link.run()
    await phase('up')
    const stream = (await link.call(['telemetry', 'watch'], {}, options)) as AsyncGenerator<number>
    expect(await stream.next()).toEqual({ done: false, value: 1 })
    const next = stream.next()
    const query = link.call(['queues', 'page'], {}, options)
    const cut = 'The line to the engine was cut.'
    const seen = Promise.all([expect(next).rejects.toThrow(cut), expect(query).rejects.toThrow(cut)])
    session.cut()
    await seen
    link.stop()
  })

  it('is noticed by its silence', async () => {
    vi.useFakeTimers()
    try {
      let hellos = 0
      const silent: Answer = (path) => {
        if (path[0] === 'app') hellos++
        return hellos > 1 ? Promise.reject(new Error('no answer in time')) : Promise.resolve({})
      }
      const { link, phase } = over(new FakeSession(silent), new FakeSession())
      void link.run()
      await phase('up')
      const gone = phase('gone')
      await vi.advanceTimersByTimeAsync(5_000)
      await gone
      expect(hellos).toBe(2)
      link.stop()
    } finally {
      vi.useRealTimers()
    }
  })
})
