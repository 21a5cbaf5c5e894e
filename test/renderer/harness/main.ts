/*
 * The real renderer over the fake engine, in any browser. Options in the page's query: `queues=1000` (more queues),
 * `empty` (a first start), `delay=800` (slow replies), `requests=5000` (more tracked requests), `updates=10000` (updates
 * about them a second), `nofailures` (nothing failed), `runs` (actions under way),
 * `waiting` (connections that wait for a person), `connections=200` (more of them), `vault=locked`, `link` (one to a queue). In the console `sluiceFake.cut()` cuts the line to the engine
 * and `sluiceFake.down = true` keeps it cut.
 */
import '../../../src/renderer/api/zod-without-eval.ts'
import { RPCHandler } from '@orpc/server/message-port'
import { fakeEngine } from '../fake-engine.ts'

const options = new URLSearchParams(location.search)
const engine = fakeEngine({
  extraQueues: Number(options.get('queues') ?? 0),
  empty: options.has('empty'),
  delayMs: Number(options.get('delay') ?? 30),
  extraRequests: Number(options.get('requests') ?? 0),
  updatesPerSecond: Number(options.get('updates') ?? 0),
  noFailures: options.has('nofailures'),
  runs: options.has('runs'),
  waiting: options.has('waiting'),
  manyConnections: Number(options.get('connections') ?? 0),
  ...(options.has('vault') && { vault: { kind: 'vault', locked: options.get('vault') === 'locked' } }),
  link: options.has('link')
    ? { connectionId: 'archive', queue: { system: 'bullmq', prefix: 'bull', name: 'invoice' }, state: null }
    : null,
})
const handler = new RPCHandler(engine.router)
let port: MessagePort | undefined
let pagePort: MessagePort | undefined

// Electron tells a page that the other end of its port closed; browsers do not yet, so `cut` does it for them.
const NativeChannel = MessageChannel
window.MessageChannel = class extends NativeChannel {
  constructor() {
    super()
    pagePort = this.port1
  }
}

const control = {
  world: engine.world,
  down: false,
  cut: () => {
    port?.close()
    pagePort?.dispatchEvent(new Event('close'))
  },
}
Object.assign(window, { sluiceFake: control })

addEventListener('message', (event: MessageEvent<{ type?: string }>) => {
  if (event.source !== window || event.data?.type !== 'sluice:port' || control.down) return
  port = event.ports[0]
  if (port === undefined) return
  handler.upgrade(port, { context: {} })
  port.start()
})

await import('../../../src/renderer/main.tsx')
