import { expect, it } from 'vitest'
import type { Plan, PlanQuestion } from '../../../domain/operation.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { actionTitle, actionWords, openPoint, planSentence } from './plan-words.model.ts'

const queue = (name: string): QueueRef => ({ system: 'plain-list', prefix: 'queue:', name })
const question: PlanQuestion = {
  connectionId: 'c',
  action: 'retry',
  selection: { type: 'all', places: [{ queue: queue('email'), state: 'dead' }] },
  attempts: 'keep',
  to: null,
  into: null,
  at: null,
  change: null,
  redaction: [],
}
const plan = (more: Partial<PlanQuestion>, places: Plan['places']): Plan => ({
  id: 'p',
  question: { ...question, ...more },
  at: 0,
  places,
  count: places.reduce((sum, { count, able }) => sum + (able === true ? count : 0), 0),
  bytes: { value: 0, estimated: false },
  sample: [],
  estimateMs: null,
  script: '',
  undo: true,
  trash: null,
  typeCount: false,
  warnings: [],
})
const place = (name: string, count: number, able: true | string = true) => ({
  queue: queue(name),
  state: 'dead',
  count,
  able,
})
const said = (one: Plan) =>
  planSentence(one, { stateLabel: () => 'Dead', intoName: 'local' })
    .map((part) => (typeof part === 'string' ? part : part.name))
    .join('')

it('says what is done to how many jobs of which queues, without those where nothing can be done', () => {
  expect(said(plan({}, [place('email', 41_203), place('sms', 12), place('no', 5, 'It cannot.')]))).toBe(
    'Retry 41,203 jobs of email (Dead) and 12 of sms (Dead).',
  )
  expect(said(plan({ attempts: 'reset' }, [place('a', 1), place('b', 2), place('c', 3)]))).toBe(
    'Retry 1 job of a (Dead), 2 of b (Dead) and 3 of c (Dead), with all attempts.',
  )
})
it('counts the places where they are many, and names nothing where there is nothing', () => {
  expect(
    said(
      plan(
        { action: 'remove' },
        ['a', 'b', 'c', 'd'].map((name) => place(name, 10)),
      ),
    ),
  ).toBe('Purge 40 jobs of 4 places.')
  expect(said(plan({ action: 'remove' }, [place('a', 0)]))).toBe('Purge 0 jobs.')
})
it('names where jobs go', () => {
  expect(said(plan({ action: 'move', to: queue('slow') }, [place('a', 2)]))).toBe('Move 2 jobs of a (Dead) to slow.')
  expect(said(plan({ action: 'copy', to: queue('slow'), into: 'x' }, [place('a', 2)]))).toBe(
    'Copy 2 jobs of a (Dead) to slow of local.',
  )
  expect(said(plan({ action: 'promote' }, [place('a', 2)]))).toBe('Run 2 jobs of a (Dead) now.')
})
it('hands names over as such, so that they can be drawn safely', () => {
  expect(
    planSentence(plan({}, [place('em\u202eail', 1)]), { stateLabel: () => 'Dead', intoName: null }),
  ).toContainEqual({
    name: 'em\u202eail',
  })
})
it('asks for what a question leaves open', () => {
  const open = (more: Partial<PlanQuestion>) => openPoint({ ...question, ...more })
  expect(open({})).toBeNull()
  expect(open({ action: 'edit' })).toBe('Write down the change.')
  expect(open({ action: 'edit', change: { type: 'assign', text: ' \n' } })).toBe('Write down the change.')
  expect(open({ action: 'edit', change: { type: 'assign', text: 'a = 1' } })).toBeNull()
  expect(open({ action: 'edit', change: { type: 'patch', text: '[{' } })).toEqual(expect.any(String))
  expect(open({ action: 'copy', to: queue('slow') })).toBe('Choose the connection to copy to.')
  expect(open({ action: 'copy', into: 'x' })).toBe('Choose a queue.')
  const rule = { type: 'path', find: 'a..b', with: null } as const
  expect(open({ action: 'copy', into: 'x', to: queue('slow'), redaction: [rule] })).toMatch(/^Rule 1: /)
  expect(open({ action: 'move' })).toBe('Choose a queue.')
  expect(open({ action: 'reschedule' })).toBe('Give a date and a time.')
})
it('puts the count on the button', () => {
  const words = (more: Partial<PlanQuestion>, count: number) => actionWords({ ...question, ...more }, count)
  expect([
    words({ action: 'remove' }, 1),
    words({ action: 'remove', selection: { type: 'search', searchId: 's' } }, 1),
    words({ action: 'promote' }, 1200),
  ]).toEqual(['Purge 1 job', 'Remove 1 job', 'Run 1,200 jobs now'])
  expect([actionTitle({ ...question, action: 'remove' }), actionTitle({ ...question, action: 'edit' })]).toEqual([
    'Purge jobs',
    'Edit many jobs',
  ])
})
