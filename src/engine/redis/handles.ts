import { createHash } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { Command, Reader, Reply, Script, Writer } from '../../systems/handles.ts'
import { commandOf, type Link } from './link.ts'
import { asRead, isRead } from './read-commands.ts'
import { isErrorReply, isNoScript, isUnknownCommand, type Phase, redisError } from './redis-error.ts'
import { asWrite } from './write-commands.ts'

/**
 * A Reader on the link that `link` names; `link` throws while there is none. Lets only reads through (READ_ONLY for any
 * other command). Scripts that read go as EVAL_RO; a server too old to have it gets them as EVAL, at one more round trip
 * the first time.
 */
export function createReader(link: () => Link): Reader {
  let hasEvalRo = true
  const form = (command: Command) => {
    const read = asRead(command)
    return hasEvalRo ? read : command
  }
  /** Whether a reply says that there is no EVAL_RO here; from then on, scripts go as EVAL. */
  const lacksEvalRo = (command: Command, error: unknown) => {
    if (command[0] !== 'EVAL_RO' || !isUnknownCommand(error)) return false
    hasEvalRo = false
    return true
  }

  return {
    async pipeline(commands) {
      const forms = commands.map(form)
      const replies = await sendAll(link(), forms, 'read')
      if (forms.some((command, i) => lacksEvalRo(command, replies[i]))) {
        return (await sendAll(link(), commands.map(form), 'read')).map(clean)
      }
      return replies.map(clean)
    },
    async call(...command) {
      const sent = form(command)
      try {
        return clean(await send(link(), sent))
      } catch (error) {
        if (lacksEvalRo(sent, error)) return clean(await sendOne(link(), command, 'read'))
        throw redisError(error, 'read')
      }
    },
  }
}

/**
 * A Writer on the link that `link` resolves to; `link` rejects when there is none. Each command is sent once. When the
 * socket is cut, or the answer is late, after it was sent, the call throws OUTCOME_UNKNOWN (for a pure read:
 * CONNECTION_LOST or COMMAND_TIMEOUT) and the link is dropped, so that nothing is sent behind it. Commands that are not in
 * the list of write-commands.ts are refused with READ_ONLY, and nothing is sent.
 */
export function createWriter(link: () => Promise<Link>): Writer {
  async function guarded<T>(phase: Phase, work: (link: Link) => Promise<T>): Promise<T> {
    const now = await link()
    try {
      return await work(now)
    } catch (thrown) {
      const error = redisError(thrown, phase)
      if (dropsLink.includes(error.code)) now.drop()
      throw error
    }
  }

  return {
    async pipeline(commands) {
      const allowed = commands.map(asWrite)
      const phase = allowed.every(isRead) ? 'read' : 'write'
      return guarded(phase, async (now) => (await sendAll(now, allowed, phase)).map(clean))
    },
    async call(...asked) {
      const command = asWrite(asked)
      return guarded(isRead(command) ? 'read' : 'write', async (now) => clean(await send(now, command)))
    },
    run(script, keys, args) {
      return guarded(script.reads ? 'read' : 'write', async (now) => {
        try {
          return clean(await send(now, ['EVALSHA', digestOf(script), keys.length, ...keys, ...args]))
        } catch (error) {
          if (!isNoScript(error)) throw inScript(script, error)
        }
        try {
          return clean(await send(now, ['EVAL', script.lua, keys.length, ...keys, ...args]))
        } catch (error) {
          throw inScript(script, error)
        }
      })
    },
  }
}

/** After these, the socket has an answer outstanding, or leads to a server that became a replica. */
const dropsLink = ['OUTCOME_UNKNOWN', 'COMMAND_TIMEOUT', 'READ_ONLY']

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

async function sendOne(link: Link, command: Command, phase: Phase): Promise<Reply> {
  try {
    return await send(link, command)
  } catch (error) {
    throw redisError(error, phase)
  }
}

/** Sends commands in one write. Error replies come as replies; throws only when the socket was cut or an answer is late. */
async function sendAll(link: Link, commands: readonly Command[], phase: Phase): Promise<Reply[]> {
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
