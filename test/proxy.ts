import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy on loopback in front of a server, for tests of what a network does to a connection. */
export interface TestProxy {
  readonly port: number
  /** Connections made to the proxy so far. */
  readonly connections: number
  /**
   * Cuts the connection (both sides, without a goodbye) once `bytes` more have passed in that direction: with 0 bytes of
   * replies, the server has done its work and the client never hears of it.
   */
  cutAfter(direction: 'request' | 'reply', bytes: number): void
  /** Whether the cut of `cutAfter` is still to come. */
  readonly isCutToCome: boolean
  /** Cuts the connection of the next request that matches when its reply comes: it was done, and nobody hears of it. */
  loseReplyTo(request: RegExp): void
  /**
   * Cuts the connection on which the next matching request comes, after `bytes` of that request, or after `bytes` of
   * what the server says from then on. As many as wanted may be set at a time; each cuts once.
   */
  cutWithin(request: RegExp, direction: 'request' | 'reply', bytes: number): void
  /** Cuts of `cutWithin` that have not come about. */
  readonly pendingCuts: number
  /** The bytes of the next matching request and of the reply to it, as far as each came in one piece. */
  measure(request: RegExp): Promise<{ request: number; reply: number }>
  /**
   * Passes nothing on any more, in either direction, and leaves every socket open: a peer that vanished. Connections that
   * lost bytes by this stay silent when it is healed, for no network passes on what comes after bytes that it lost.
   */
  blackHole(): void
  /** The same for what the server says alone: a way that leads in one direction only. */
  swallowReplies(): void
  /** Keeps all bytes and passes on none, as a network does that is away for a while; `heal` delivers them, late. */
  freeze(): void
  /** Passes everything on so much later, ms; 0 for at once. */
  delay(ms: number): void
  /** The next reply on each connection, or on each that is made from now on, has these bytes in place of its own. */
  garble(bytes: string): void
  /** Closes each new connection before a byte of it has passed. */
  refuse(): void
  /** Ends all that lasts: passes on again what comes from now on, at once, and takes connections. */
  heal(): void
  /** Cuts all connections there are, or each with a chance; returns how many. */
  cut(chance?: () => boolean): number
  close(): Promise<void>
}

interface Trap {
  readonly request: RegExp
  readonly direction: 'request' | 'reply'
  readonly bytes: number
}

interface Measure {
  readonly request: RegExp
  readonly resolve: (lengths: { request: number; reply: number }) => void
}

/** One connection: where it will be cut, and who measures what passes. */
interface Pair {
  cutAt: { direction: 'request' | 'reply'; bytes: number } | null
  measured: { by: Measure; request: number } | null
}

/** Starts a proxy to a port of loopback. */
export async function startProxy(targetPort: number): Promise<TestProxy> {
  const sockets = new Set<Socket>()
  const clients = new Set<Socket>()
  let silent = false
  let oneWay = false
  let refusing = false
  let delayMs = 0
  let garbage: string | null = null
  /** Connections that had their garbage. */
  let garbled = new WeakSet<Socket>()
  let frozen: (() => void)[] | null = null
  let connections = 0
  let wanted: RegExp | null = null
  const doomed = new Set<Socket>()
  let fuse: { direction: 'request' | 'reply'; bytes: number } | null = null
  const traps = new Set<Trap>()
  const measures = new Set<Measure>()
  /** Connections that are to be cut soon. */
  let caught = 0

  /** What of a chunk may still pass before the cut; null when all of it may. */
  function watch(pair: Pair, direction: 'request' | 'reply', chunk: Buffer): Buffer | null {
    if (direction === 'request' && traps.size + measures.size > 0) {
      const text = chunk.toString('latin1')
      for (const trap of traps) {
        if (pair.cutAt !== null || !trap.request.test(text)) continue
        traps.delete(trap)
        caught++
        pair.cutAt = { direction: trap.direction, bytes: trap.bytes }
      }
      for (const by of measures) {
        if (pair.measured !== null || !by.request.test(text)) continue
        measures.delete(by)
        pair.measured = { by, request: chunk.length }
      }
    }
    if (direction === 'reply' && pair.measured !== null) {
      pair.measured.by.resolve({ request: pair.measured.request, reply: chunk.length })
      pair.measured = null
    }
    if (pair.cutAt?.direction !== direction) return null
    if (chunk.length <= pair.cutAt.bytes) {
      pair.cutAt.bytes -= chunk.length
      return null
    }
    const last = chunk.subarray(0, pair.cutAt.bytes)
    pair.cutAt = null
    caught--
    return last
  }

  function pass(pair: Pair, direction: 'request' | 'reply', from: Socket, to: Socket) {
    const late: Buffer[] = [] // oldest first: bytes never overtake each other, not even where a delay ends
    let lost = false
    from.on('data', (chunk: Buffer) => {
      lost ||= silent || (oneWay && direction === 'reply')
      if (lost) return
      if (frozen !== null) return void frozen.push(() => on(chunk))
      if (delayMs === 0 && late.length === 0) return on(chunk)
      late.push(chunk)
      setTimeout(() => on(late.shift() as Buffer), delayMs)
    })
    function on(whole: Buffer) {
      let chunk = whole
      if (garbage !== null && direction === 'reply' && !garbled.has(from)) {
        garbled.add(from)
        chunk = Buffer.from(garbage)
      }
      if (direction === 'request' && wanted?.test(chunk.toString('latin1'))) {
        wanted = null
        doomed.add(to)
      }
      if (doomed.delete(from)) {
        from.destroy()
        return void to.destroy()
      }
      const last = watch(pair, direction, chunk)
      if (last !== null) return void endAfter(last)
      if (fuse?.direction !== direction) return void to.write(chunk)
      if (chunk.length <= fuse.bytes) {
        fuse.bytes -= chunk.length
        return void to.write(chunk)
      }
      const rest = chunk.subarray(0, fuse.bytes)
      fuse = null
      endAfter(rest)
    }
    function endAfter(rest: Buffer) {
      from.pause()
      to.write(rest, () => {
        from.destroy()
        to.destroy()
      })
    }
    // What a network held back arrives before the goodbye that was said later.
    from.on('close', () => (frozen === null ? to.destroy() : void frozen.push(() => to.destroySoon())))
    from.on('error', () => to.destroy())
  }

  const server = createServer((client) => {
    connections++
    if (refusing) return void client.destroy()
    const upstream = connect(targetPort, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    }
    clients.add(client)
    client.on('close', () => clients.delete(client))
    const pair: Pair = { cutAt: null, measured: null }
    pass(pair, 'request', client, upstream)
    pass(pair, 'reply', upstream, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  const cut = (chance = () => true) => {
    const doomed = [...clients].filter(chance)
    for (const client of doomed) client.destroy()
    return doomed.length
  }
  return {
    port: address.port,
    get connections() {
      return connections
    },
    cutAfter: (direction, bytes) => {
      fuse = { direction, bytes }
    },
    get isCutToCome() {
      return fuse !== null
    },
    loseReplyTo: (request) => {
      wanted = request
    },
    cutWithin: (request, direction, bytes) => {
      traps.add({ request, direction, bytes })
    },
    get pendingCuts() {
      return traps.size + caught
    },
    measure: (request) => new Promise((resolve) => measures.add({ request, resolve })),
    blackHole: () => {
      silent = true
    },
    swallowReplies: () => {
      oneWay = true
    },
    freeze: () => {
      frozen ??= []
    },
    delay: (ms) => {
      delayMs = ms
    },
    garble: (bytes) => {
      garbage = bytes
      garbled = new WeakSet()
    },
    refuse: () => {
      refusing = true
    },
    heal: () => {
      silent = oneWay = refusing = false
      delayMs = 0
      garbage = null
      const late = frozen ?? []
      frozen = null
      for (const deliver of late) deliver()
    },
    cut,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
