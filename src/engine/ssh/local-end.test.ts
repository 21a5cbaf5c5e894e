import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { patience } from '../../../test/patience.ts'
import { startTcpServer, type TcpServer } from '../../../test/tcp-server.ts'
import { isOwnedBy, type LocalEnd, openLocalEnd } from './local-end.ts'

let server: TcpServer
let end: LocalEnd

beforeEach(async () => {
  server = await startTcpServer((socket) => socket.pipe(socket))
  end = await openLocalEnd(async () => connect(server.port, '127.0.0.1'))
})
afterEach(async () => {
  await end.close()
  await server.close()
})

function visit(): Socket {
  return connect(end.port, end.host).on('error', () => {})
}
const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve))

test('passes on both ways', async () => {
  const socket = visit()
  socket.write('hello')
  expect(String((await once(socket, 'data'))[0])).toBe('hello')
  socket.destroy()
})

test('cuts a connection that leads nowhere', async () => {
  const dead = await openLocalEnd(() => Promise.reject(new Error('no way')))
  await closed(
    connect(dead.port, dead.host)
      .on('error', () => {})
      .resume(),
  )
  await dead.close()
})

test('ends what goes through when it closes, twice if asked', async () => {
  const socket = visit()
  socket.write('hello')
  await once(socket, 'data')
  const gone = closed(socket)
  await Promise.all([end.close(), end.close()])
  await gone
})

test.skipIf(process.platform !== 'linux')('lets in no other user of this computer (Linux alone can tell)', async () => {
  const dial = vi.fn(async () => connect(server.port, '127.0.0.1'))
  const guarded = await openLocalEnd(dial)
  // To the listener we are another user now; root's connections it takes, and so it must not see root's.
  const own = process.getuid?.() ?? 0
  vi.spyOn(process, 'getuid').mockReturnValue(own + 1)
  const outcome = closed(
    connect(guarded.port, guarded.host)
      .on('error', () => {})
      .resume(),
  )
  if (own === 0) {
    await vi.waitFor(() => expect(dial).toHaveBeenCalled(), patience)
    await guarded.close()
  }
  await outcome
  vi.restoreAllMocks()
  expect(dial).toHaveBeenCalledTimes(own === 0 ? 1 : 0)
  await guarded.close()
})

test('tells whose connection it is by the table of the kernel', () => {
  // As Linux 6.1 prints it: a listener at 6379, a connection from 40001 of user 1000, and the other side of it; one of root.
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 3211 1',
    '   1: 0100007F:9C41 0100007F:18EB 01 00000000:00000000 00:00000000 00000000  1000        0 3212 1',
    '   2: 0100007F:18EB 0100007F:9C41 01 00000000:00000000 00:00000000 00000000   999        0 3213 1',
    '   3: 0100007F:9C42 0100007F:18EB 01 00000000:00000000 00:00000000 00000000     0        0 3214 1',
  ].join('\n')
  expect(isOwnedBy(1000, table, 40_001, 6379)).toBe(true)
  expect(isOwnedBy(1001, table, 40_001, 6379)).toBe(false)
  expect(isOwnedBy(1001, table, 40_002, 6379)).toBe(true)
  expect(isOwnedBy(1000, table, 40_003, 6379)).toBe(false)
  expect(isOwnedBy(1000, '', 1, 2)).toBe(false)
})
