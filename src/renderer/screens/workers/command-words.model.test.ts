import { expect, it } from 'vitest'
import type { WorkerCommandStatus } from '../../../domain/worker-command.ts'
import { newCommandForm, toCommand } from './command-form.model.ts'
import { exitWords, queuesWords, usageOf } from './command-words.model.ts'

const config = toCommand({ ...newCommandForm('local'), name: 'Shop', line: 'php', folder: '/srv' })
const process = (cpu: number | null, memoryBytes: number | null) =>
  ({ pid: 1, queue: null, state: 'running', since: 0, cpu, memoryBytes }) as const

it('says how a process ended', () => {
  expect(exitWords({ code: 0, signal: null })).toBe('ended well')
  expect(exitWords({ code: 3, signal: null })).toBe('ended with exit code 3')
  expect(exitWords({ code: 127, signal: null })).toBe('ended with exit code 127: the program was not found')
  expect(exitWords({ code: null, signal: 'SIGKILL' })).toBe('was ended by SIGKILL')
})

it('adds up what its processes need, as far as that is known', () => {
  const usage = (...processes: WorkerCommandStatus['processes']) => usageOf({ processes } as WorkerCommandStatus)
  expect(usage(process(10, 5), process(null, null), process(2.5, 7))).toEqual({ cpu: 12.5, memoryBytes: 12 })
  expect(usage(process(null, null))).toEqual({ cpu: null, memoryBytes: null })
  expect(usage(process(0, 0))).toEqual({ cpu: 0, memoryBytes: 0 })
})

it('says which queues it serves, and how', () => {
  const queues = ['pay', 'mail'].map((name, place) => ({
    queue: { system: 'laravel' as const, prefix: '', name },
    weight: 10 - place * 9,
  }))
  expect(queuesWords(config)).toBe('the queues that it names itself')
  expect(queuesWords({ ...config, queues: queues.slice(0, 1), share: 'strict' })).toBe('pay')
  expect(queuesWords({ ...config, queues })).toBe('pay, mail')
  expect(queuesWords({ ...config, queues, share: 'strict' })).toBe('pay before mail')
  expect(queuesWords({ ...config, queues, share: 'weighted' })).toBe('pay ×10, mail ×1')
})
