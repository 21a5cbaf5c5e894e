import { once } from 'node:events'
import { connect } from 'node:net'
import { startProxy } from '../../proxy.ts'
import { freePort, startRedis } from '../../redis.ts'
import type { Fault, Site } from './site.ts'

/** One Redis that writes down each command before it answers, behind a proxy that does to it what networks do. */
export async function standaloneSite(): Promise<Site> {
  const redis = await startRedis('--appendonly', 'yes', '--appendfsync', 'always', '--lua-time-limit', '200')
  const proxy = await startProxy(redis.port)
  const nobody = await freePort()

  /** Says something over a socket of its own, which no fault of the others touches. */
  async function say(line: string): Promise<void> {
    const socket = connect(redis.port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(`${line}\r\n`)
    await once(socket, 'data')
    socket.destroy()
  }

  return {
    name: 'standalone',
    draft: { url: `redis://127.0.0.1:${proxy.port}`, topology: { kind: 'standalone' } },
    faults: (random): [Fault, ...Fault[]] => [
      { name: 'cut', begin: () => proxy.cut() },
      { name: 'CLIENT KILL', begin: () => say('CLIENT KILL TYPE normal SKIPME yes') },
      { name: 'cut within a write', begin: () => proxy.cutWithin(/evalsha/i, 'request', random.int(0, 200)) },
      {
        name: 'cut within the answer to a write',
        begin: () => proxy.cutWithin(/evalsha/i, 'reply', random.int(0, 10)),
      },
      { name: 'lost answer to a write', begin: () => proxy.loseReplyTo(/evalsha/i) },
      { name: 'garbage', begin: () => proxy.garble('*garbage!\r\n'), end: proxy.heal },
      { name: 'black hole', away: true, begin: proxy.blackHole, end: proxy.heal },
      { name: 'half-open', away: true, begin: proxy.swallowReplies, end: proxy.heal },
      { name: 'frozen network', away: true, begin: proxy.freeze, end: proxy.heal },
      { name: 'slow network', begin: () => proxy.delay(300), end: proxy.heal },
      {
        name: 'refused',
        away: true,
        begin() {
          proxy.refuse()
          proxy.cut()
        },
        end: proxy.heal,
      },
      { name: 'kill -9', away: true, begin: () => redis.kill(), end: () => redis.start() },
      {
        name: 'out of memory',
        begin: () => say('CONFIG SET maxmemory 1'),
        end: () => say('CONFIG SET maxmemory 0'),
      },
      {
        name: 'replica',
        begin: () => say(`REPLICAOF 127.0.0.1 ${nobody}`),
        end: () => say('REPLICAOF NO ONE'),
      },
      {
        name: 'busy script',
        away: true,
        begin() {
          const socket = connect(redis.port, '127.0.0.1')
          socket.on('error', () => {})
          socket.write('EVAL "while true do end" 0\r\n')
        },
        end: () => say('SCRIPT KILL'),
      },
      { name: 'pause', begin: () => say(`CLIENT PAUSE ${random.int(200, 2500)} ALL`) },
    ],
    list: (key) => redis.client.lrange(key, 0, -1),
    async stop() {
      await proxy.close()
      await redis.stop()
    },
  }
}
