import { describe, expect, it } from 'vitest'
import { bullRecording } from '../../../test/recorded/bull-recording.ts'
import { storedJob } from '../../../test/recorded/stored-job.ts'
import { type StoredJob, summaryOf } from '../shared/hashed-jobs/decode.ts'
import { detailOf } from '../shared/hashed-jobs/detail.ts'
import { placeOf, statesOf } from '../shared/hashed-jobs/layout.ts'
import { layout } from './keys.ts'

const { ids, jobs, locked, states } = bullRecording('bull-4.16.json')
const now = Number(jobs[String(ids.later)]?.timestamp) + 1000

function recorded(state: string, role: string): StoredJob {
  const id = String(ids[role])
  const entry = states[placeOf(layout, state)?.suffix ?? '']?.find((each) => each.id === id)
  const hash = jobs[id]
  if (entry === undefined || hash === undefined) throw new Error(`no ${role} in ${state}`)
  return storedJob(hash, {
    id: Buffer.from(id),
    score: entry.score === null ? null : Number(entry.score),
    locked: locked.includes(id),
  })
}

const detail = (state: string, role: string) => {
  const { id, mark, fields, score, locked: held } = recorded(state, role)
  return detailOf({
    layout,
    queue: { system: 'bull', prefix: 'bull', name: 'mail' },
    id,
    state,
    now,
    sighting: {
      fields: Array.from(fields, ([name, value]) => ({ name, value, size: value.length })),
      mark,
      wrongType: false,
      found: new Map([[state, score]]),
      unsure: false,
      hidden: null,
      lock: held ? { token: 'token', ttl: 29_950 } : null,
      logs: ['one'],
      logCount: 1,
      children: [],
    },
  })
}

describe('jobs that Bull 4.16.5 stored', () => {
  it('are all read, without a badge', () => {
    for (const state of statesOf(layout)) {
      for (const { id } of states[placeOf(layout, state)?.suffix ?? ''] ?? []) {
        const role = Object.keys(ids).find((each) => ids[each] === id) ?? ''
        const summary = summaryOf(layout, recorded(state, role), state, now)
        expect(summary.badges, role).toEqual([])
        expect(summary, role).toMatchObject({
          id,
          state,
          createdAt: Number(jobs[id]?.timestamp),
          preview: jobs[id]?.data,
        })
      }
    }
  })
  it('give their times from the place where each state keeps them', () => {
    const { boom, ok, hold, later } = Object.fromEntries(
      Object.entries(ids).map(([role, id]) => [role, jobs[String(id)]]),
    )
    expect(summaryOf(layout, recorded('failed', 'boom'), 'failed', now).at).toBe(Number(boom?.finishedOn))
    expect(summaryOf(layout, recorded('completed', 'ok'), 'completed', now).at).toBe(Number(ok?.finishedOn))
    expect(summaryOf(layout, recorded('active', 'hold'), 'active', now).at).toBe(Number(hold?.processedOn))
    expect(summaryOf(layout, recorded('delayed', 'later'), 'delayed', now).at).toBe(
      Number(later?.timestamp) + 3_600_000,
    )
    expect(summaryOf(layout, recorded('waiting', 'plain'), 'waiting', now)).toMatchObject({
      at: null,
      name: null,
      maxAttempts: 1,
    })
  })
  it('are late only once workers had time to see that they are due', () => {
    const job = recorded('delayed', 'later')
    const due = summaryOf(layout, job, 'delayed', now).at ?? 0
    expect(summaryOf(layout, job, 'delayed', due + 9_000).badges).toEqual([])
    expect(summaryOf(layout, job, 'delayed', due + 11_000).badges).toEqual(['overdue'])
  })
  it('tell every attempt, the lock and the options', () => {
    expect(detail('failed', 'boom').failures.map(({ attempt, message }) => [attempt, message])).toEqual([
      [1, 'Error: boom at 0'],
      [2, 'Error: boom at 1'],
    ])
    expect(detail('active', 'hold').fields).toContainEqual({
      label: 'Lock',
      value: 'token, for another 29.9 s',
      mono: true,
    })
    expect(detail('waiting', 'high').fields.map(({ label }) => label)).toEqual(['Options', 'Priority', 'Key'])
    expect(detail('completed', 'ok').result).toMatchObject({
      text: jobs[String(ids.ok)]?.returnvalue,
      truncated: false,
    })
  })
})
