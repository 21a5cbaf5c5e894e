import { asSluiceError } from '../../domain/errors.ts'
import type { Arg, Reader, Script, Writer } from '../../systems/handles.ts'
import { systemOf } from '../../systems/registry.ts'
import type { Run } from '../../systems/system.ts'
import type { Connection } from '../redis/connection.ts'
import type { BulkPlace } from './bulk-work.ts'
import type { JobsSpec } from './jobs-spec.ts'
import { newTrashKey } from './new-trash.ts'
import type { Sampled } from './plan-sample.ts'

/** The first script that a step would send; thrown in its place. */
class Caught extends Error {
  constructor(
    readonly script: Script,
    readonly keys: readonly string[],
    readonly args: readonly Arg[],
  ) {
    super()
  }
}

/** Scripts of more arguments than this, or larger ones, are shown up to there. */
const mostText = 60_000

/**
 * The Redis commands of a plan for redis-cli, commented: for each kind of place the first script that writes, with its real
 * keys and arguments for the jobs of the sample. Reads what that script needs; writes nothing. What it cannot say, it says.
 */
export async function scriptOf(
  connection: Connection,
  spec: JobsSpec,
  places: readonly BulkPlace[],
  sampled: Sampled,
): Promise<string> {
  const { question } = spec
  const lines = [
    '#!/bin/sh',
    `# ${question.action} by hand, as Sluice does it. Nothing here has run.`,
    '# Say where Redis is first: every redis-cli below takes -h, -p, --user, --tls or -u as usual.',
    '# Sluice besides numbers each script, so that a cut connection cannot make it run twice; these commands do not.',
  ]
  for (const [i, place] of places.entries()) {
    const planned = spec.places[i]
    if (planned === undefined) continue
    const { queue, state, count } = planned
    lines.push('', `# ${queue.name} (${systemOf(queue.system).label}, ${state}): ${count.toLocaleString('en')} jobs`)
    const refs = sampled.refs?.place === planned ? sampled.refs.refs : []
    if (place.how.type === 'chunks' && refs.length === 0) {
      lines.push('# Done by the same script as above, with the jobs of this place.')
      continue
    }
    lines.push(...(await shownFor(connection, place, refs)))
    if (place.how.type === 'chunks' && count > refs.length) {
      lines.push(
        `# So far the ${refs.length} jobs of the sample; Sluice sends the others in the same way, at most 100 a script.`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}

async function shownFor(connection: Connection, place: BulkPlace, refs: readonly string[]): Promise<string[]> {
  const caught = await firstScript(connection, place, refs)
  if (typeof caught === 'string') return [`# The first script cannot be shown: ${caught}`]
  const { script, keys, args } = caught
  if (args.some((arg) => Buffer.isBuffer(arg) && !isText(arg))) {
    return [`# ${script.name} takes bytes that are no text, which redis-cli cannot be given here.`]
  }
  const words = [...keys, ...args].map((arg) => quoted(String(arg)))
  const text = `redis-cli EVAL ${quoted(script.lua)} ${keys.length} ${words.join(' ')}`
  const more =
    place.how.type === 'chunks'
      ? []
      : ['# This is the first of the scripts; Sluice sends what its answers ask for until all jobs are through.']
  if (text.length > mostText)
    return [`# ${script.name}: too long to show (${text.length.toLocaleString('en')} characters).`]
  return [`# ${script.name}`, text, ...more]
}

async function firstScript(
  connection: Connection,
  place: BulkPlace,
  refs: readonly string[],
): Promise<Caught | string> {
  const { reader } = connection
  const writer: Writer = {
    ...readerOf(reader),
    run(script, keys, args) {
      if (!script.reads) return Promise.reject(new Caught(script, keys, args))
      return reader.call('EVAL_RO', script.lua, keys.length, ...keys, ...args)
    },
  }
  const run: Run = { signal: new AbortController().signal, progress: () => {}, next: async (most) => most }
  const trash = { key: newTrashKey(place.queue), ttlMs: 24 * 60 * 60 * 1000 }
  const tools = { writer, connection, trash, run, remember: <T>(work: () => Promise<T>) => work() }
  try {
    const { how } = place
    await (how.type === 'chunks' ? how.step(refs, tools) : how.work(tools))
    return 'nothing would be written for these jobs.'
  } catch (error) {
    return error instanceof Caught ? error : asSluiceError(error).message
  }
}

const readerOf = (reader: Reader): Reader => ({
  pipeline: (commands) => reader.pipeline(commands),
  call: (...command) => reader.call(...command),
})

const isText = (bytes: Buffer) => bytes.equals(Buffer.from(bytes.toString())) && !bytes.includes(0)

/** A word for a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return /^[\w:.,/=@%+{}-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
