import type { StoredText } from '../../src/domain/job.ts'
import type { Plan, PlanQuestion, PlanSample } from '../../src/domain/operation.ts'
import { changerOf } from '../../src/domain/payload-change/apply.ts'
import type { RedactionRule } from '../../src/domain/redaction.ts'
import type { Place } from '../../src/domain/selection.ts'
import { refuse } from './fake-actions.ts'
import { fakeJob, fakeJobDetail } from './fake-jobs.ts'
import type { FakeContext } from './fake-os.ts'
import { type FakeQueue, fakeStates } from './fake-world.ts'

interface Chosen extends Place {
  readonly found: FakeQueue
  readonly count: number
  readonly indexes: readonly number[]
}

/** A plan over the made-up world: its counts and jobs are those that the lists show. */
export function fakePlan({ findQueue, find }: FakeContext, question: PlanQuestion): Plan {
  const { action, connectionId, change, selection } = question
  if (change !== null && 'problem' in changerOf(change)) {
    const changer = changerOf(change)
    if ('problem' in changer) throw refuse('INVALID_INPUT', changer.problem)
  }
  const chosen = chosenOf(question, find(connectionId).queues, ({ queue }) => findQueue(connectionId, queue))
  const places = chosen.map(({ queue, state, count }) => ({
    queue,
    state,
    count,
    able: queue.system === 'laravel' ? 'Laravel keeps its failed jobs in its database.' : (true as const),
  }))
  const able = chosen.filter(({ queue }) => queue.system !== 'laravel')
  const count = able.reduce((sum, place) => sum + place.count, 0)
  const bytes = count * 214
  const { profile } = find(connectionId)
  const keeps = action === 'remove'
  const undoable = ['remove', 'retry', 'edit', 'move'].includes(action)
  const limit = profile.trashLimitMb * 2 ** 20
  const used = 41 * 2 ** 20
  return {
    id: `plan-${crypto.randomUUID()}`,
    question,
    at: Date.now(),
    places,
    count,
    bytes: { value: bytes, estimated: count > 1000 },
    sample: able.flatMap((place) => sampleOf(place, question)).slice(0, 10),
    estimateMs: count / 12,
    script: scriptOf(question, able),
    undo: undoable ? true : 'Nothing is kept of it: do the opposite by hand.',
    trash: keeps
      ? {
          bytes,
          used,
          limit,
          fits: used + bytes <= limit,
          places: used + bytes <= limit ? ['redis', 'computer', 'none'] : ['computer', 'none'],
        }
      : null,
    typeCount: keeps && (selection.type === 'all' || count > 1000 || profile.environment === 'production'),
    warnings:
      action === 'retry' && able.some(({ found }) => (found.workers ?? 0) === 0)
        ? ['Nobody works on these jobs: no worker of this queue is seen.']
        : [],
  }
}

function chosenOf(
  { selection }: PlanQuestion,
  queues: readonly FakeQueue[],
  findQueue: (place: Place) => FakeQueue,
): Chosen[] {
  if (selection.type === 'search') {
    return queues.flatMap((found) => {
      const state = fakeStates(found.ref.system).failed
      const count = Math.ceil(found.counts.failed / 10)
      const indexes = Array.from({ length: Math.min(3, count) }, (_, at) => at * 10)
      return state === undefined || count === 0 ? [] : [{ queue: found.ref, state, found, count, indexes }]
    })
  }
  return selection.places.map((place) => {
    const found = findQueue(place)
    const kind = Object.entries(fakeStates(place.queue.system)).find(([, state]) => state === place.state)?.[0]
    const refs = 'refs' in place ? (place.refs as string[]) : null
    const count = refs?.length ?? found.counts[kind as keyof typeof found.counts] ?? 0
    const indexes =
      refs?.map((ref) => Number(ref.split(':').at(-1))) ?? Array.from({ length: Math.min(10, count) }, (_, at) => at)
    return { queue: place.queue, state: place.state, found, count, indexes }
  })
}

function sampleOf(place: Chosen, { change, action, redaction }: PlanQuestion): PlanSample[] {
  const kind = Object.entries(fakeStates(place.queue.system)).find(
    ([, state]) => state === place.state,
  )?.[0] as 'failed'
  return place.indexes.slice(0, 10).map((index) => {
    const { payload } = fakeJobDetail(place.found, kind, place.state, index)
    const before = cut(payload)
    const shared = {
      queue: place.queue,
      state: place.state,
      job: fakeJob(place.found, kind, place.state, index),
      before,
    }
    if (action === 'edit' && change !== null) {
      const changer = changerOf(change)
      const changed = 'problem' in changer ? changer : changer(payload.text)
      if ('problem' in changed) return { ...shared, after: null, problem: changed.problem, notes: [] }
      return { ...shared, after: cut({ ...payload, text: changed.text }), problem: null, notes: changed.notes }
    }
    if (action === 'copy') {
      const text = redacted(payload.text, redaction)
      return { ...shared, after: cut({ ...payload, text }), problem: null, notes: [] }
    }
    return { ...shared, after: null, problem: null, notes: [] }
  })
}

/** About what the engine does, by the last name of a path: its own redaction needs Node. */
function redacted(payload: string, rules: readonly RedactionRule[]): string {
  return rules.reduce((text, { type, find, with: word }) => {
    if (type === 'pattern') return text.replace(new RegExp(find, 'gu'), word ?? 'redacted-4c1e')
    const name = (find.split('.').at(-1) ?? '').replaceAll(/\W/g, '')
    return text.replaceAll(new RegExp(`("${name}"\\s*:\\s*)"[^"]*"`, 'gu'), `$1"${word ?? 'redacted-9f2c'}"`)
  }, payload)
}

function cut(stored: StoredText): StoredText {
  const most = 16 * 1024
  return stored.text.length <= most ? stored : { ...stored, text: stored.text.slice(0, most), truncated: true }
}

function scriptOf({ action, to }: PlanQuestion, places: readonly Chosen[]): string {
  return places
    .map(({ queue, state, count }) => {
      const key = `${queue.prefix}${queue.name}:${state}`
      if (action === 'remove') {
        return `# ${count} jobs, at once\nRENAME ${key} ${key}:sluice:trash:9f2c\nPEXPIRE ${key}:sluice:trash:9f2c 604800000`
      }
      const target = to === null ? `${queue.prefix}${queue.name}` : `${to.prefix}${to.name}`
      return `# for each of ${count} jobs: out of ${key}, into ${target}, in one step\nEVAL "local taken = redis.call('LREM', KEYS[1], 1, ARGV[1]) if taken == 1 then redis.call('LPUSH', KEYS[2], ARGV[1]) end return taken" 2 ${key} ${target} '{"id":9007199254740993,"type":"order_confirmation"}'`
    })
    .join('\n\n')
}
