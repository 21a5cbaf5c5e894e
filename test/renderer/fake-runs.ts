import type { OperationRun, Plan, RunQuestion } from '../../src/domain/operation.ts'
import { Bell } from './bell.ts'
import { refuse } from './fake-actions.ts'
import type { FakeContext } from './fake-os.ts'
import { fakePlan } from './fake-plan.ts'
import { fakeStates } from './fake-world.ts'

const stepMs = 250

/** Actions over many jobs that take their time, with brakes that work. `showcase` has one of every kind from the start. */
export function operationsRouter(context: FakeContext, showcase = false) {
  const { os, world, ticked, findQueue, writable } = context
  const plans = new Map<string, Plan>()
  const runs = new Map<string, OperationRun>()
  const changed = new Bell()
  if (showcase) for (const run of oneOfEach()) runs.set(run.id, run)

  const of = (id: string): OperationRun => {
    const run = runs.get(id)
    if (run === undefined) throw refuse('NOT_FOUND', 'That action has been put away.')
    return run
  }
  const put = (id: string, more: Partial<OperationRun>): OperationRun => {
    const run = { ...of(id), ...more }
    runs.set(id, run)
    changed.ring()
    return run
  }

  const begin = (plan: Plan, { pace, canary, reason }: RunQuestion): OperationRun => {
    const { action, connectionId } = plan.question
    const { profile } = writable(plan.question.into ?? connectionId)
    const [first] = plan.places
    const all = plan.question.selection.type === 'all'
    const id = `run-${crypto.randomUUID()}`
    const run: OperationRun = {
      ...empty(id),
      connectionId,
      action: action === 'remove' && all ? 'purge' : action,
      queue: plan.places.length === 1 ? (first?.queue ?? null) : null,
      stateLabel: plan.places.length === 1 ? (first?.state ?? '') : '',
      total: plan.count,
      pace,
      canary: canary === null ? null : { step: 1, steps: 3, waiting: 1, succeeded: 0, failed: 0, until: null },
      steerable: !(action === 'remove' && all),
    }
    runs.set(id, run)
    const speed = Math.min(Math.max(400, plan.count / 8), pace ?? Number.POSITIVE_INFINITY)
    const timer = setInterval(() => {
      const now = runs.get(id)
      if (now === undefined || now.status === 'ended') return clearInterval(timer)
      if (now.status === 'paused' || now.status === 'held') return
      const total = now.total ?? 0
      const done = now.cancelled
        ? now.done
        : Math.min(total, now.done + Math.ceil((Math.min(speed, now.pace ?? speed) * stepMs) / 1000))
      const over = now.cancelled || done >= total
      put(id, {
        done,
        rate: speed,
        leftMs: ((total - done) / speed) * 1000,
        ...(over && { status: 'ended', endedAt: Date.now(), rate: null, leftMs: null, journalIds: note(done) }),
      })
    }, stepMs)
    const note = (done: number): string[] =>
      plan.places.flatMap(({ queue, state, count, able }) => {
        if (able !== true) return []
        const kind = Object.entries(fakeStates(queue.system)).find(([, one]) => one === state)?.[0] as 'failed'
        const { counts } = findQueue(connectionId, queue)
        const took = Math.min(count, done)
        const before = counts[kind]
        if (action !== 'copy' && action !== 'duplicate') counts[kind] = Math.max(0, before - took)
        if (action === 'retry' || action === 'edit') counts.waiting += took
        const entry = `j-${crypto.randomUUID()}`
        world.journal.unshift({
          id: entry,
          at: Date.now(),
          connectionId,
          profileName: profile.name,
          environment: profile.environment,
          action: run.action,
          queue,
          who: 'ada',
          reason,
          before,
          after: counts[kind],
          summary: `${run.action === 'purge' ? 'Purged' : 'Changed'} ${took} jobs from ${queue.name} (${state})`,
          done: took,
          missing: 0,
          refused: 0,
          undo: true,
          undoneAt: null,
          expiresAt: Date.now() + 7 * 86_400_000,
        })
        return [entry]
      })
    changed.ring()
    ticked.ring()
    return run
  }

  return {
    plan: os.operations.plan.handler(async ({ input }) => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      const plan = fakePlan(context, input)
      plans.set(plan.id, plan)
      return plan
    }),
    run: os.operations.run.handler(({ input }) => {
      const plan = plans.get(input.planId)
      if (plan === undefined) throw refuse('NOT_FOUND', 'That plan is no longer known: plan again.')
      if (plan.typeCount && input.typedCount !== plan.count) throw refuse('CONFIRMATION_NEEDED')
      plans.delete(plan.id)
      return begin(plan, input)
    }),
    watch: os.operations.watch.handler(async function* ({ signal }) {
      while (!signal?.aborted) {
        yield [...runs.values()]
        await changed.wait(signal)
      }
    }),
    pause: os.operations.pause.handler(({ input }) => put(input.id, { status: 'paused', rate: null, leftMs: null })),
    resume: os.operations.resume.handler(({ input }) => put(input.id, { status: 'running', problem: null })),
    setPace: os.operations.setPace.handler(({ input }) => put(input.id, { pace: input.pace })),
    cancel: os.operations.cancel.handler(({ input }) => {
      const { status } = of(input.id)
      return put(input.id, { cancelled: true, ...(status !== 'running' && { status: 'ended', endedAt: Date.now() }) })
    }),
    report: os.operations.report.handler(({ input }) => {
      const run = of(input.id)
      const all = othersOf(run)
      return { run, others: all.slice(input.offset, input.offset + input.limit), total: all.length }
    }),
    saveReport: os.operations.saveReport.handler(() => ({
      path: '/home/ada/Downloads/sluice-report-2026-11-22.ndjson',
    })),
    putAway: os.operations.putAway.handler(({ input }) => {
      runs.delete(input.id)
      changed.ring()
      return {}
    }),
  }
}

function empty(id: string): OperationRun {
  return {
    id,
    journalIds: [],
    connectionId: 'prod-eu',
    action: 'retry',
    queue: { system: 'bullmq', prefix: 'bull', name: 'webhooks-out' },
    stateLabel: 'Failed',
    status: 'running',
    done: 0,
    missing: 0,
    refused: 0,
    total: null,
    startedAt: Date.now(),
    endedAt: null,
    cancelled: false,
    rate: null,
    leftMs: null,
    pace: null,
    canary: null,
    problem: null,
    steerable: true,
    resumed: false,
  }
}

function oneOfEach(): OperationRun[] {
  const startedAt = Date.now() - 94_000
  const email = { system: 'plain-list', prefix: 'queue:', name: 'email' } as const
  return [
    { ...empty('r1'), startedAt, done: 7_412, total: 18_220, rate: 1_240, leftMs: 8_700, resumed: true },
    {
      ...empty('r2'),
      startedAt,
      queue: email,
      stateLabel: 'Dead',
      status: 'watching',
      done: 11,
      total: 214,
      canary: { step: 2, steps: 3, waiting: 2, succeeded: 7, failed: 1, until: Date.now() + 240_000 },
    },
    {
      ...empty('r3'),
      startedAt,
      connectionId: 'local',
      queue: { ...email, name: 'سفارش‌ها' },
      stateLabel: 'Dead',
      status: 'held',
      done: 11,
      total: 900,
      canary: { step: 2, steps: 3, waiting: 0, succeeded: 6, failed: 4, until: null },
      problem: 'Held: 40 % of the retried jobs failed again, more than 20 %.',
    },
    {
      ...empty('r4'),
      startedAt,
      action: 'move',
      queue: null,
      stateLabel: '',
      status: 'paused',
      done: 40_000,
      total: 1_000_000,
      pace: 500,
      problem: 'Waiting for the unlock: prod-eu is read-only again.',
    },
    {
      ...empty('r5'),
      startedAt,
      journalIds: ['j1'],
      connectionId: 'local',
      queue: { ...email, name: 'sms' },
      stateLabel: 'Dead',
      status: 'ended',
      endedAt: Date.now() - 31_000,
      done: 209,
      missing: 2,
      refused: 3,
      total: 214,
    },
    {
      ...empty('r6'),
      startedAt,
      action: 'purge',
      journalIds: ['j0'],
      connectionId: 'local',
      queue: email,
      stateLabel: 'Dead',
      status: 'ended',
      endedAt: Date.now() - 4_000,
      done: 1_000_000,
      total: 1_000_000,
      steerable: false,
    },
  ]
}

function othersOf({ missing, refused, queue }: OperationRun) {
  const place = { queue: queue ?? { system: 'plain-list' as const, prefix: 'queue:', name: 'email' }, state: 'dead' }
  return [
    ...Array.from({ length: refused }, (_, at) => ({
      ...place,
      ref: `${at}:9007199254740993`,
      what: 'refused' as const,
      reason: at % 3 === 2 ? 'Its payload is not JSON.' : 'It changed since the plan was made.',
    })),
    ...Array.from({ length: missing }, (_, at) => ({
      ...place,
      ref: `${at}:gone`,
      what: 'missing' as const,
      reason: '',
    })),
  ]
}
