import type { RPCHandler } from '@orpc/server/message-port'
import type { WebContents } from 'electron'
import { isPageAddress } from './page-protocol.ts'

/**
 * Connects the page to the engine. The page posts one end of a MessageChannel, the preload forwards it, and from then
 * on the contract travels over that port alone. A port is taken only from the top frame of our own page; what arrives
 * before the engine is up waits in the port.
 */
export function acceptPorts(contents: WebContents, handler: Promise<RPCHandler<Record<never, never>>>): void {
  contents.ipc.on('sluice:port', (event) => {
    const [port] = event.ports
    if (port === undefined) return
    const frame = event.senderFrame // read at once: it becomes null when the frame goes away
    if (frame === null || frame.parent !== null || !isPageAddress(frame.url)) {
      port.close()
      return
    }
    handler.then(
      (ready) => {
        ready.upgrade(port, { context: {} })
        port.start()
      },
      () => port.close(), // the engine did not start; index.ts says so
    )
  })
}
