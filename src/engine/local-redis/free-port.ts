import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { SluiceError } from '../../domain/errors.ts'

/** Below the ports that systems hand out to outgoing connections, so that nobody takes ours while it restarts. */
const lowest = 20_000
const highest = 32_000

/** A port of loopback that is free now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(lowest, highest)
    if (await canListen(port)) return port
  }
  throw new SluiceError('INTERNAL', 'No port is free for the private Redis.')
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
