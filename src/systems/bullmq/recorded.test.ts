import { describe, expect, it } from 'vitest'
import { bullRecording } from '../../../test/recorded/bull-recording.ts'
import { storedJob } from '../../../test/recorded/stored-job.ts'
import { type StoredJob, summaryOf } from '../shared/hashed-jobs/decode.ts'
import { detailOf } from '../shared/hashed-jobs/detail.ts'
import { statesOf } from '../shared/hashed-jobs/layout.ts'
import type { Sighting } from '../shared/hashed-jobs/sighting.ts'
import { layout } from './keys.ts'

describe.each(['bullmq-5.json', 'bullmq-6.json'])('jobs stored by BullMQ: %s', (file) => {
  const { ids, jobs, locked, states } = bullRecording(file)
  const before = Number(jobs[String(ids.later)]?.timestamp) + 1000

  function recorded(state: string, id: string): StoredJob {
    const entry = states[state]?.find((each) => each.id === id)
    const hash = jobs[id]
    if (entry === undefined || hash === undefined) throw new Error(`no ${id} in ${state}`)
    const score = entry.score === null ? null : Number(entry.score)
    return storedJob(hash, { id: Buffer.from(id), score, locked: locked.includes(id) })
  }

  const detail = (state: string, id: string, children: Sighting['children'] = []) => {
    const { fields, score, locked: held, ...rest } = recorded(state, id)
    return detailOf({
      layout,
      queue: { system: 'bullmq', prefix: 'bull', name: 'mail' },
      id: rest.id,
      state,
      now: before,
      sighting: {
        fields: Array.from(fields, ([name, value]) => ({ name, value, size: value.length })),
        mark: rest.mark,
        wrongType: false,
        found: new Map([[state, score]]),
        unsure: false,
        hidden: null,
        lock: held ? { token: 'token:1', ttl: 29_950 } : null,
        logs: ['one'],
        logCount: 300,
        children,
      },
    })
  }

  it('are all read, without a badge', () => {
    let read = 0
    for (const state of statesOf(layout)) {
      for (const { id } of states[state] ?? []) {
        const summary = summaryOf(layout, recorded(state, id), state, before)
        const { timestamp, name, data } = jobs[id] ?? {}
        expect(summary, id).toMatchObject({ id, state, name, createdAt: Number(timestamp), preview: data, badges: [] })
        expect(summary.maxAttempts, id).toBeGreaterThanOrEqual(1)
        read++
      }
    }
    expect(read).toBe(Object.keys(jobs).length)
  })
  it('give their times from the place where each state keeps them', () => {
    const at = (state: string, role: string) => summaryOf(layout, recorded(state, String(ids[role])), state, before).at
    const stored = (role: string, field: string) => Number(jobs[String(ids[role])]?.[field])
    expect(at('failed', 'boom')).toBe(stored('boom', 'finishedOn'))
    expect(at('completed', 'ok')).toBe(stored('ok', 'finishedOn'))
    expect(at('active', 'hold')).toBe(stored('hold', 'processedOn'))
    expect(at('delayed', 'later')).toBe(stored('later', 'timestamp') + 3_600_000)
    expect(at('prioritized', 'high')).toBeNull()
  })
  it('tell attempts, lock, scheduler, parent and children', () => {
    const failed = detail('failed', String(ids.boom))
    expect(failed.failures.map(({ attempt, message }) => [attempt, message])).toEqual([
      [1, 'Error: boom at 0'],
      [2, 'Error: boom at 1'],
    ])
    expect(failed.progress).toBeNull()
    expect(failed.fields).toContainEqual({ label: 'Logs', value: 'The last 1 of 300 lines are shown.', mono: false })
    expect(detail('active', String(ids.hold)).fields).toContainEqual({
      label: 'Lock',
      value: 'token:1, for another 29.9 s',
      mono: true,
    })
    expect(detail('delayed', String(ids.cron)).fields.map(({ label }) => label)).toContain('Job scheduler')
    const { parent, children } = ids.open as { parent: string; children: string[] }
    expect(detail('delayed', String(children[0])).fields).toContainEqual({
      label: 'Parent',
      value: `bull:mail:${parent}`,
      mono: true,
    })
    expect(detail('waiting-children', parent, [{ count: 60, keys: ['bull:mail:a'] }]).family).toMatchObject({
      children: [{ id: 'a', outcome: 'not ended' }],
      more: 59,
    })
  })
})
