import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reply } from '../handles.ts'
import type { Reading, SamplePlan } from '../system.ts'
import { baseOf, places, stateIds } from './keys.ts'
import { headsLua } from './lua.ts'
import { isWrongType, numberOf } from './replies.ts'

/** Queues whose heads one tick looks at; of more than these each gets its turn. Keeps a script near a millisecond. */
const headsPerTick = 200
/** How long each turn lasts: about as long as a tick. */
const turnMs = 1000

/**
 * 11 O(1) commands a queue, and one script for the heads of up to 200 queues; all in the sampler's one pipeline. Bull 4.
 * The script names all its keys but the hash at the head, whose id it reads itself. In a cluster that hash shares the
 * queue's slot, because Bull runs there only with a hash tag in prefix or name; so each hash tag has its own script.
 * The head is the job that runs next; its age counts from when it was added, so `lifo`, priority and retries bend it.
 * Without leave to run scripts the age is unknown, but the id at the head still tells how long it stays the same.
 */
export function sample(queues: readonly QueueRef[], now = Date.now()): SamplePlan {
  const counts = queues.flatMap((queue): Command[] => {
    const base = baseOf(queue)
    return [
      ...stateIds.map((state): Command => {
        const { suffix, type } = places[state]
        return [type === 'list' ? 'LLEN' : 'ZCARD', base + suffix]
      }),
      ['GET', `${base}id`],
      ['EXISTS', `${base}meta-paused`],
      ['LINDEX', `${base}wait`, -1],
      ['HGET', `${base}metrics:completed`, 'count'],
      ['HGET', `${base}metrics:failed`, 'count'],
    ]
  })
  const perQueue = queues.length === 0 ? 0 : counts.length / queues.length
  const scripts = scriptsOf(queues, inTurn(queues.length, now))
  return {
    commands: [...counts, ...scripts.map(({ command }) => command)],
    read(replies) {
      const heads = new Map<number, Reply>()
      for (const [s, { members }] of scripts.entries()) {
        const reply = replies[counts.length + s]
        for (const [at, i] of members.entries()) heads.set(i, Array.isArray(reply) ? (reply[at] ?? null) : null)
      }
      return queues.map((queue, i) => readingOf(queue, replies.slice(i * perQueue, (i + 1) * perQueue), heads.get(i)))
    },
  }
}

/** The indexes of the queues whose heads this tick looks at. */
function inTurn(queues: number, now: number): number[] {
  const turns = Math.max(1, Math.ceil(queues / headsPerTick))
  const first = (Math.floor(now / turnMs) % turns) * headsPerTick
  return Array.from({ length: Math.min(headsPerTick, queues - first) }, (_, i) => first + i)
}

/** The scripts that read the heads, one for each hash tag, and the indexes of the queues that each serves. */
function scriptsOf(queues: readonly QueueRef[], looked: readonly number[]): { command: Command; members: number[] }[] {
  const groups = new Map<string, { base: string; i: number }[]>()
  for (const i of looked) {
    const base = baseOf(queues[i] as QueueRef)
    const tag = /^[^{]*\{([^}]+)\}/.exec(base)?.[1] ?? ''
    groups.set(tag, [...(groups.get(tag) ?? []), { base, i }])
  }
  return Array.from(groups.values(), (group) => {
    const keys = group.flatMap(({ base }) => [`${base}wait`, `${base}paused`])
    const bases = group.map(({ base }) => base)
    return { command: ['EVAL', headsLua, keys.length, ...keys, ...bases] as const, members: group.map(({ i }) => i) }
  })
}

function readingOf(queue: QueueRef, own: readonly Reply[], head: Reply | undefined): Reading {
  const counts = own.slice(0, stateIds.length)
  const [id, paused, tail, completed, failed] = own.slice(stateIds.length)
  const states = Object.fromEntries(stateIds.map((state, i) => [state, countOf(counts[i])]))
  const done = numberOf(completed)
  const died = numberOf(failed)
  return {
    queue,
    states,
    head: (states.waiting ?? 0) + (states.paused ?? 0) === 0 ? null : headOf(head, tail),
    // Workers count what they finish only where they have the `metrics` option; a counter appears with its first job.
    totals: { added: numberOf(id), finished: done === null && died === null ? null : (done ?? 0) + (died ?? 0) },
    workers: null,
    paused: paused === 1,
    problem: problemOf(queue, own),
  }
}

/** Undefined where it is not the queue's turn. */
function headOf(head: Reply | undefined, tail: Reply | undefined): Reading['head'] {
  if (head === undefined) return undefined
  const [id, born] = Array.isArray(head) ? head : [tail]
  if (!Buffer.isBuffer(id)) return null
  return { createdAt: numberOf(born) || null, fingerprint: id.toString('latin1') }
}

const countOf = (reply: Reply | undefined) => (typeof reply === 'number' && reply > 0 ? reply : 0)

function problemOf(queue: QueueRef, own: readonly Reply[]): string | null {
  const base = baseOf(queue)
  const failed = own.findIndex((reply) => reply instanceof Error)
  const error = own[failed]
  if (error instanceof Error) {
    if (!isWrongType(error)) return `A key of ${base.slice(0, -1)} cannot be read: ${error.message}`
    const state = stateIds[failed]
    return state === undefined
      ? `A key of ${base.slice(0, -1)} has another type than Bull uses.`
      : `The key ${base}${places[state].suffix} is not the ${places[state].type} that Bull keeps there.`
  }
  const counted = stateIds.every((_, i) => typeof own[i] === 'number')
  return counted ? null : `The counts of ${base.slice(0, -1)} could not be read.`
}
