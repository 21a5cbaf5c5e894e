import type { Command } from 'ioredis'
import type { Link } from './link.ts'

/** What the sockets of one connection have carried since it was opened. Clients of queue libraries are not in it. */
export interface Traffic {
  /** Commands that were sent, those of log-ins among them; a script counts as one. */
  readonly commands: number
  /** Bytes of requests, and of replies; 0 for what goes through a stream that does not count. */
  readonly bytesOut: number
  readonly bytesIn: number
  /** Sockets that are open now. */
  readonly sockets: number
}

/** Counts what goes over links. */
export interface TrafficMeter {
  /** Counts a link from now on, until it is lost; gives the link back. */
  watch<T extends Link>(link: T): T
  read(): Traffic
}

/** What one link carried, by its client and its stream. */
interface Counted {
  commands: number
  bytes(): { in: number; out: number }
}

export function createTraffic(): TrafficMeter {
  const open = new Set<Counted>()
  const past = { commands: 0, in: 0, out: 0 }

  return {
    watch(link) {
      const { client } = link
      const { stream } = client
      const counted: Counted = {
        commands: 0,
        bytes: () => ({ in: countOf(stream, 'bytesRead'), out: countOf(stream, 'bytesWritten') }),
      }
      const send = client.sendCommand.bind(client)
      client.sendCommand = (command: Command, ...rest) => {
        counted.commands++
        return send(command, ...rest)
      }
      open.add(counted)
      void link.lost.then(() => {
        const bytes = counted.bytes()
        open.delete(counted)
        past.commands += counted.commands
        past.in += bytes.in
        past.out += bytes.out
      })
      return link
    },
    read() {
      const sum = { commands: past.commands, bytesIn: past.in, bytesOut: past.out, sockets: open.size }
      for (const counted of open) {
        const bytes = counted.bytes()
        sum.commands += counted.commands
        sum.bytesIn += bytes.in
        sum.bytesOut += bytes.out
      }
      return sum
    },
  }
}

function countOf(stream: unknown, name: 'bytesRead' | 'bytesWritten'): number {
  if (typeof stream !== 'object' || stream === null || !(name in stream)) return 0
  const count: unknown = Reflect.get(stream, name)
  return typeof count === 'number' ? count : 0
}
