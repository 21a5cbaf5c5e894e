import type { ClientContext, ClientLink } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'

/** One life of the line to the engine; `closed` resolves when it is cut, by whichever side. */
export interface Session {
  readonly link: ClientLink<ClientContext>
  readonly closed: Promise<void>
  close(): void
}

export type OpenSession = () => Session

function cuttable(): { closed: Promise<void>; cut: () => void } {
  let cut = () => {}
  const closed = new Promise<void>((resolve) => {
    cut = resolve
  })
  return { closed, cut }
}

/** Electron: one end of a channel of our own goes to the preload, which hands it to the main process. */
export function openPortSession(): Session {
  const { port1, port2 } = new MessageChannel()
  const { closed, cut } = cuttable()
  port1.addEventListener('close', cut)
  const link = new PortLink({ port: port1 })
  port1.start()
  window.postMessage({ type: 'sluice:port' }, location.origin, [port2])
  return {
    link,
    closed,
    close() {
      port1.close()
      cut() // the end that closes a port gets no close event
    },
  }
}

/** Browser shell: a WebSocket to the server that the page came from. */
export function openSocketSession(): Session {
  const { closed, cut } = cuttable()
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/rpc`)
  socket.binaryType = 'arraybuffer'
  socket.addEventListener('close', cut)
  return { link: new SocketLink({ websocket: socket }), closed, close: () => socket.close() }
}

/** Which line this page has: the packaged app is served over app://, and a preload may say so for a development server. */
export function openSession(): Session {
  const electron = location.protocol === 'app:' || document.documentElement.dataset.shell === 'electron'
  return electron ? openPortSession() : openSocketSession()
}
