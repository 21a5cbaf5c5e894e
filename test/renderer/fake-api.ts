import type { FakeContext } from './fake-os.ts'

/** The HTTP API, which listens nowhere and says that it does. */
export function apiRouter({ os, find }: FakeContext) {
  let state: { address: string; token: string; connectionId: string } | null = null
  return {
    status: os.api.status.handler(() => state ?? { address: null, token: null, connectionId: null }),
    start: os.api.start.handler(({ input }) => {
      find(input.connectionId)
      const address = `http://127.0.0.1:${input.port === 0 ? 41_873 : input.port}`
      state = { address, token: 'slc_7Jq2mVw0cN4xRkTzE9aYhLdB3uGfPs6o', connectionId: input.connectionId }
      return state
    }),
    stop: os.api.stop.handler(() => {
      state = null
      return {}
    }),
  }
}
