import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { AnyRouter } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import { type WebSocket, WebSocketServer } from 'ws'

/** The contract takes payloads of 64 Mi characters; as JSON in UTF-8 they may grow. */
const largestMessage = 192 * 1024 * 1024

/** A socket that may speak the contract; the caller has checked who is at its other end. */
export interface RpcSockets {
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** How many are open. */
  count(): number
  /** Cuts all of them. */
  close(): void
}

/** Makes WebSockets of upgraded connections and answers the contract over them. */
export function acceptSockets(router: AnyRouter): RpcSockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: largestMessage, perMessageDeflate: false })
  const handler = new RPCHandler(router)
  return {
    take(request, socket, head) {
      server.handleUpgrade(request, socket, head, (accepted) => {
        accepted.on('error', () => accepted.terminate()) // too large, or no WebSocket frame
        handler.upgrade(withBackpressure(accepted), { context: {} })
      })
    },
    count: () => server.clients.size,
    close() {
      for (const open of server.clients) open.terminate()
      server.close()
    },
  }
}

/**
 * A socket whose `send` resolves when the bytes are gone, which the handler awaits before it takes the next event of a
 * stream. A browser tab that the system froze then makes its feeds coalesce instead of filling this process's memory.
 */
function withBackpressure(socket: WebSocket): Pick<WebSocket, 'addEventListener' | 'send'> {
  return {
    addEventListener: socket.addEventListener.bind(socket),
    send: (data: Parameters<WebSocket['send']>[0]) =>
      new Promise<void>((resolve) => {
        // A failed send means that the socket is going; its close event ends the streams.
        socket.send(data, () => resolve())
      }),
  }
}
