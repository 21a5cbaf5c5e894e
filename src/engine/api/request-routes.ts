import type { JournalAction } from '../../domain/operation.ts'
import { on, opened, type Parts } from './boundary.ts'

/** What the journal tells of a change of tracked requests. */
const onRequest = (action: JournalAction, detail: string) =>
  ({ action, queue: null, state: '', stateLabel: '', detail, trash: null }) as const

/** Serves requests and api of the contract. */
export function requestRoutes(parts: Parts) {
  const { requests } = parts
  const { operations } = parts.tools
  const open = opened(parts)
  return {
    requests: on.requests.router({
      watch: on.requests.watch.handler(({ input, signal }) => requests.watch(open(input), signal)),
      cancel: on.requests.cancel.handler(({ input }) => {
        const connection = open(input)
        return operations.journaled(connection, onRequest('cancel', input.hash), () =>
          requests.cancel(connection, input.hash),
        )
      }),
      create: on.requests.create.handler(async ({ input }) => {
        const connection = open(input)
        let hash = ''
        await operations.journaled(connection, onRequest('create-request', input.request.service), async () => {
          hash = (await requests.create(connection, input.request)).hash
          return { done: 1, missing: 0, refused: [] }
        })
        return { hash }
      }),
      change: on.requests.change.handler(({ input }) => {
        const connection = open(input)
        const what =
          input.change.type === 'cancel'
            ? onRequest('cancel', input.hash)
            : onRequest('change-request', `${input.change.type} ${input.hash}`)
        return operations.journaled(connection, what, () => requests.change(connection, input.hash, input.change))
      }),
      cleanUp: on.requests.cleanUp.handler(({ input }) => {
        const connection = open(input)
        return operations.journaled(connection, onRequest('clean-up-requests', ''), () => requests.cleanUp(connection))
      }),
    }),
    api: on.api.router({
      status: on.api.status.handler(() => parts.api.status()),
      start: on.api.start.handler(({ input }) => parts.api.start(input)),
      stop: on.api.stop.handler(async () => {
        await parts.api.stop()
        return {}
      }),
    }),
  }
}
