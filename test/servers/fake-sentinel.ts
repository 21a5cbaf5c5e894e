import type { Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { startTcpServer, type TcpServer } from '../tcp-server.ts'

interface Place {
  readonly host: string
  readonly port: number
}

/** Something that answers as a Sentinel does, and names whom a test says. */
export interface FakeSentinel extends TcpServer {
  /** What clients sent, in order: the command and its arguments. */
  readonly commands: readonly (readonly string[])[]
  /** Names another master from now on; with `tell`, says so to who subscribed. */
  name(master: Place, tell?: boolean): void
  /** Answers nothing any more, and takes new connections all the same. */
  fallSilent(): void
}

export interface FakeSentinelOptions {
  readonly group?: string
  readonly master: Place
  /** The other Sentinels it knows. */
  readonly others?: readonly Place[]
  readonly password?: string
  readonly tls?: TlsOptions
}

/** Starts one on a free port of loopback. */
export async function startFakeSentinel(options: FakeSentinelOptions): Promise<FakeSentinel> {
  const { group = 'mymaster', others = [], password, tls } = options
  let { master } = options
  let silent = false
  const commands: string[][] = []
  const subscribers = new Set<Socket>()

  const row = (place: Place) => array(['ip', place.host, 'port', String(place.port)].map(bulk))
  function answer(socket: Socket, command: string[], known: { in: boolean }): string {
    const [name = '', sub = '', about = ''] = command
    if (name.toUpperCase() === 'AUTH') {
      known.in = command.at(-1) === password
      return known.in ? '+OK\r\n' : '-WRONGPASS invalid username-password pair\r\n'
    }
    if (password !== undefined && !known.in) return '-NOAUTH Authentication required.\r\n'
    if (name.toUpperCase() === 'PING') return subscribers.has(socket) ? array([bulk('pong'), bulk('')]) : '+PONG\r\n'
    if (name.toUpperCase() === 'PSUBSCRIBE') {
      subscribers.add(socket)
      socket.once('close', () => subscribers.delete(socket))
      return array([bulk('psubscribe'), bulk(sub), ':1\r\n'])
    }
    if (name.toUpperCase() !== 'SENTINEL') return '+OK\r\n'
    if (/^MASTERS$/i.test(sub)) return array([array([bulk('name'), bulk(group)])])
    if (/^SENTINELS$/i.test(sub)) return array(others.map(row))
    if (/^REPLICAS$/i.test(sub)) return array([])
    return about === group ? array([bulk(master.host), bulk(String(master.port))]) : '*-1\r\n'
  }

  const server = await startTcpServer((socket) => {
    const known = { in: false }
    let unread = ''
    socket.on('data', (chunk) => {
      if (silent) return
      unread += chunk.toString('latin1')
      for (let read = firstCommand(unread); read; read = firstCommand(unread)) {
        unread = unread.slice(read.length)
        commands.push(read.command)
        socket.write(answer(socket, read.command, known))
      }
    })
  }, tls)

  return {
    ...server,
    commands,
    name(next, tell = true) {
      const message = `${group} ${master.host} ${master.port} ${next.host} ${next.port}`
      master = next
      if (!tell) return
      for (const socket of subscribers) {
        socket.write(array(['pmessage', '+switch-master', '+switch-master', message].map(bulk)))
      }
    },
    fallSilent() {
      silent = true
    },
  }
}

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`
const array = (parts: readonly string[]) => `*${parts.length}\r\n${parts.join('')}`

/** The first whole command of what came, and how long it is. */
function firstCommand(text: string): { command: string[]; length: number } | null {
  const head = /^\*(\d+)\r\n/.exec(text)
  if (!head) return null
  const command: string[] = []
  let at = head[0].length
  for (let left = Number(head[1]); left > 0; left--) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at))
    if (!size) return null
    const from = at + size[0].length
    at = from + Number(size[1]) + 2
    if (text.length < at) return null
    command.push(text.slice(from, at - 2))
  }
  return { command, length: at }
}
