import { fakeRequest } from './fake-content.ts'
import type { FakeContext } from './fake-os.ts'

/** Tracked requests: those of `prod-eu` live, come and go; each may be changed from the desktop. */
export function requestsRouter({ os, world, find, writable, ticked }: FakeContext, updatesPerSecond: number) {
  const settled = { done: 1, missing: 0, refused: [], journalId: null }
  return {
    watch: os.requests.watch.handler(async function* ({ input, signal }) {
      find(input.connectionId)
      const requests = input.connectionId === 'prod-eu' ? world.requests : []
      yield { type: 'snapshot' as const, requests: requests.map((one) => ({ ...one })), partial: null }
      if (updatesPerSecond > 0) {
        for (let from = 0; !signal?.aborted; from += updatesPerSecond / 10) {
          await new Promise((resolve) => setTimeout(resolve, 100))
          const length = Math.min(1_000, requests.length, updatesPerSecond / 10)
          const changed = Array.from({ length }, (_, place) => {
            const request = requests[(from + place) % requests.length] as (typeof requests)[number]
            if (request.status === 'processing') request.progress = ((request.progress ?? 0) + 1.7) % 100
            return { ...request, updatedAt: Date.now() }
          })
          yield { type: 'changes' as const, changed, gone: [], updates: updatesPerSecond / 10 }
        }
      }
      for (let tick = 1; !signal?.aborted; tick++) {
        await ticked.wait(signal)
        const gone: string[] = []
        if (tick % 4 === 0 && requests === world.requests) {
          const fresh = { status: 'processing', progress: 1, startedAt: Date.now(), updatedAt: Date.now() }
          world.requests.unshift({ ...fakeRequest(10_000 + tick), ...fresh })
          if (tick % 8 === 0) gone.push(...world.requests.splice(-1).map(({ hash }) => hash))
        }
        yield {
          type: 'changes' as const,
          changed: requests.filter(({ updatedAt }) => Date.now() - updatedAt < 2_000).map((one) => ({ ...one })),
          gone,
          updates: requests.length === 0 ? 0 : 60 + ((tick * 37) % 50),
        }
      }
    }),
    cancel: os.requests.cancel.handler(({ input }) => {
      writable(input.connectionId)
      const request = world.requests.find(({ hash }) => hash === input.hash)
      if (request === undefined) return { done: 0, missing: 1, refused: [], journalId: null }
      Object.assign(request, { status: 'cancelled', step: null, etaMs: null, updatedAt: Date.now() })
      return { done: 1, missing: 0, refused: [], journalId: null }
    }),
    create: os.requests.create.handler(({ input }) => {
      writable(input.connectionId)
      const hash = `req_${crypto.randomUUID().slice(0, 10)}`
      const { service, userId } = input.request
      const begun = { status: 'pending', progress: 0, step: null, message: null, error: null, problem: null }
      const now = { startedAt: Date.now(), updatedAt: Date.now(), requiresOtp: false }
      world.requests.unshift({ ...fakeRequest(0), ...begun, ...now, hash, service, userId })
      ticked.ring()
      return { hash }
    }),
    change: os.requests.change.handler(({ input: { connectionId, hash, change } }) => {
      writable(connectionId)
      const request = world.requests.find((one) => one.hash === hash)
      if (request === undefined) return { ...settled, done: 0, missing: 1 }
      const over = { etaMs: null, requiresOtp: false }
      if (change.type === 'progress') {
        const { progress, step, message } = change
        Object.assign(request, { status: 'processing', progress, step, message })
      } else if (change.type === 'complete') Object.assign(request, { ...over, status: 'completed', progress: 100 })
      else if (change.type === 'fail') Object.assign(request, { ...over, status: 'failed', error: change.error })
      else if (change.type === 'cancel') Object.assign(request, { ...over, status: 'cancelled' })
      else if (change.type === 'require-otp') Object.assign(request, { status: 'otp_required', requiresOtp: true })
      else if (change.type === 'submit-otp') Object.assign(request, { status: 'processing', requiresOtp: false })
      request.updatedAt = Date.now()
      ticked.ring()
      return settled
    }),
    cleanUp: os.requests.cleanUp.handler(({ input }) => {
      writable(input.connectionId)
      return { ...settled, done: 12 }
    }),
  }
}
