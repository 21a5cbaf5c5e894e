import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startProxy, type TestProxy } from './proxy.ts'

const echo = createServer((socket) => socket.pipe(socket))
let proxy: TestProxy
let sockets: Socket[]

beforeEach(async () => {
  sockets = []
  await once(echo.listen(0, '127.0.0.1'), 'listening')
  proxy = await startProxy((echo.address() as AddressInfo).port)
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await proxy.close()
  await once(echo.close(), 'close')
})

/** A connection to the echo through the proxy, or past it, and what it heard so far. */
function speaker(port = proxy.port) {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let heard = ''
  socket.on('data', (bytes) => {
    heard += bytes
  })
  return { socket, heard: () => heard }
}

/** After some words that go past the proxy, it has all that was written to it before. */
async function proxyHasIt(): Promise<void> {
  const { socket } = speaker((echo.address() as AddressInfo).port)
  for (let i = 0; i < 3; i++) {
    socket.write('word')
    await once(socket, 'data')
  }
}

it('lets no bytes overtake others, not even where a delay ends', async () => {
  const { socket, heard } = speaker()
  proxy.delay(100)
  socket.write('first ')
  await proxyHasIt()
  proxy.heal()
  socket.write('second')
  await expect.poll(heard).toBe('first second')
})

it.each(['blackHole', 'swallowReplies'] as const)(
  'passes on nothing that comes after bytes lost by %s',
  async (lose) => {
    const { socket, heard } = speaker()
    proxy[lose]()
    socket.write('lost')
    await proxyHasIt()
    proxy.heal()
    socket.write('later')
    const fresh = speaker()
    fresh.socket.write('heard')
    await expect.poll(fresh.heard).toBe('heard')
    expect(heard()).toBe('')
  },
)
