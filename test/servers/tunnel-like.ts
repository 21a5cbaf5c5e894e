import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** A stream that is no socket, around one: what comes through an SSH server looks like this. */
export function tunnelLike(socket: Socket): Duplex {
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, _encoding, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', (chunk) => {
    if (!stream.push(chunk)) socket.pause()
  })
  socket.on('end', () => stream.push(null))
  socket.on('error', (error) => stream.destroy(error))
  socket.on('close', () => stream.destroy())
  const nothing = () => stream
  return Object.assign(stream, { connecting: false, setKeepAlive: nothing, setNoDelay: nothing, setTimeout: nothing })
}
