import { createHash } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { Command, Reader, Reply, Script, Writer } from '../../systems/handles.ts'
import { commandOf, type Link } from './link.ts'
import { asRead, isRead } from './read-commands.ts'
import { isErrorReply, isNoScript, isUnknownCommand, type Phase, redisError } from './redis-error.ts'
import { asWrite } from './write-commands.ts'

/**
 * Sends commands together, each once, and resolves to their replies as the client gave them, error replies among them.
 * Throws a SluiceError when what became of them is not known, or nothing could be sent; `phase` says which of both it is.
 */
export type Send = (commands: readonly Command[], phase: Phase) => Promise<Reply[]>

/** Sends reads over the link that `link` names; `link` throws while there is none. */
export function readOver(link: () => Link): Send {
  return async (commands, phase) => sendAll(link(), commands, phase)
}

/**
 * Sends over the link that `link` resolves to; `link` rejects when there is none. When the socket is cut, or the answer is
 * late, the link is dropped, so that nothing is sent behind it.
 */
export function writeOver(link: () => Promise<Link>): Send {
  return async (commands, phase) => {
    const now = await link()
    try {
      const replies = await sendAll(now, commands, phase)
      if (replies.some(isFromReplica)) now.drop()
      return replies
    } catch (thrown) {
      const error = redisError(thrown, phase)
      if (dropsLink.includes(error.code)) now.drop()
      throw error
    }
  }
}

/**
 * A Reader by a way to send. Lets only reads through (READ_ONLY for any other command). Scripts that read go as EVAL_RO,
 * where Redis itself refuses their writes; a server too old to have it gets them as EVAL, at one more round trip the first
 * time.
 */
export function readerBy(send: Send): Reader {
  let hasEvalRo = true
  const form = (command: Command) => {
    const read = asRead(command)
    return hasEvalRo ? read : command
  }
  /** Whether a reply says that there is no EVAL_RO here; from then on, scripts go as EVAL. */
  const lacksEvalRo = (command: Command, reply: Reply | undefined) => {
    if (command[0] !== 'EVAL_RO' || !isUnknownCommand(reply)) return false
    hasEvalRo = false
    return true
  }
  async function read(commands: readonly Command[]): Promise<Reply[]> {
    const forms = commands.map(form)
    const replies = await send(forms, 'read')
    if (!forms.some((command, i) => lacksEvalRo(command, replies[i]))) return replies.map(clean)
    return (await send(commands.map(form), 'read')).map(clean)
  }

  return {
    pipeline: read,
    async call(...command) {
      const [reply = null] = await read([command])
      if (reply instanceof Error) throw reply
      return reply
    },
  }
}

/**
 * A Writer by a way to send. Each command is sent once. When the socket is cut, or the answer is late, after it was sent,
 * the call throws OUTCOME_UNKNOWN (for a pure read: CONNECTION_LOST or COMMAND_TIMEOUT). Commands that are not in the list
 * of write-commands.ts are refused with READ_ONLY, and nothing is sent.
 */
export function writerBy(send: Send): Writer {
  async function one(command: Command, phase: Phase): Promise<Reply> {
    const [reply = null] = await send([command], phase)
    return reply
  }

  return {
    async pipeline(commands) {
      const allowed = commands.map(asWrite)
      return (await send(allowed, allowed.every(isRead) ? 'read' : 'write')).map(clean)
    },
    async call(...asked) {
      const command = asWrite(asked)
      const reply = clean(await one(command, isRead(command) ? 'read' : 'write'))
      if (reply instanceof Error) throw reply
      return reply
    },
    async run(script, keys, args) {
      const phase = script.reads ? 'read' : 'write'
      const rest = [keys.length, ...keys, ...args]
      let reply = await one(['EVALSHA', digestOf(script), ...rest], phase)
      if (isNoScript(reply)) reply = await one(['EVAL', script.lua, ...rest], phase)
      if (reply instanceof Error) throw inScript(script, reply)
      return clean(reply)
    },
  }
}

/** A Reader on the link that `link` names; see readerBy. */
export const createReader = (link: () => Link): Reader => readerBy(readOver(link))

/** A Writer on the link that `link` resolves to; see writerBy. */
export const createWriter = (link: () => Promise<Link>): Writer => writerBy(writeOver(link))

/** After these, the socket has an answer outstanding. */
const dropsLink = ['OUTCOME_UNKNOWN', 'COMMAND_TIMEOUT']

/** The socket leads to a server that became a replica. */
const isFromReplica = (reply: Reply) => isErrorReply(reply) && /^READONLY/.test((reply as Error).message)

/**
 * Sends one command on an open link and resolves to its reply as the client gave it. `timeoutMs` replaces the time that
 * the link's purpose allows.
 */
export function send(link: Link, [name, ...args]: Command, timeoutMs?: number): Promise<Reply> {
  if (!link.open) return Promise.reject(new SluiceError('CONNECTION_LOST'))
  const command = commandOf(name, args)
  if (timeoutMs !== undefined) command.setTimeout(timeoutMs) // the first timer set is the one that counts
  link.client.sendCommand(command)
  return command.promise
}

/** Sends commands in one write. Error replies come as replies; throws only when the socket was cut or an answer is late. */
export async function sendAll(link: Link, commands: readonly Command[], phase: Phase): Promise<Reply[]> {
  if (commands.length === 0) return []
  if (!link.open) throw new SluiceError('CONNECTION_LOST')
  const { stream } = link.client
  stream.cork()
  const sent = commands.map((command) => send(link, command).catch((error: Error) => error))
  stream.uncork()
  const replies = await Promise.all(sent)
  const cut = replies.find((reply) => reply instanceof Error && !isErrorReply(reply))
  if (cut) throw redisError(cut, phase)
  return replies
}

/** Error replies, however deep, as SluiceErrors: the client's own hold the arguments of the command. */
function clean(reply: Reply): Reply {
  if (reply instanceof Error) return redisError(reply, 'read')
  if (!Array.isArray(reply)) return reply
  for (const [i, part] of reply.entries()) {
    if (part instanceof Error || Array.isArray(part)) reply[i] = clean(part)
  }
  return reply
}

function inScript(script: Script, thrown: unknown): SluiceError {
  const error = redisError(thrown, 'write')
  return error.code === 'INTERNAL' ? new SluiceError('INTERNAL', `${script.name}: ${error.message}`) : error
}

const digests = new WeakMap<Script, string>()

function digestOf(script: Script): string {
  const known = digests.get(script)
  if (known) return known
  const digest = createHash('sha1').update(script.lua).digest('hex')
  digests.set(script, digest)
  return digest
}
