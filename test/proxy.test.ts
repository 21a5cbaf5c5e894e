import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { startProxy } from './proxy.ts'

it('lets no bytes overtake others, not even where a delay ends', async () => {
  const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const { port } = echo.address() as AddressInfo
  const proxy = await startProxy(port)
  const [slow, direct] = [connect(proxy.port, '127.0.0.1'), connect(port, '127.0.0.1')]
  onTestFinished(async () => {
    for (const socket of [slow, direct]) socket.destroy()
    await proxy.close()
    echo.close()
  })
  let heard = ''
  slow.on('data', (bytes) => {
    heard += bytes
  })

  proxy.delay(100)
  slow.write('first ')
  for (let i = 0; i < 3; i++) {
    direct.write('by now the proxy has it')
    await once(direct, 'data')
  }
  proxy.heal()
  slow.write('second')
  await expect.poll(() => heard).toBe('first second')
})
