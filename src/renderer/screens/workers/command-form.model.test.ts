import { describe, expect, it } from 'vitest'
import { workerCommandSchema } from '../../../domain/worker-command.ts'
import { sixChannelCommands, workerCommandTemplates } from '../../../domain/worker-command-templates.ts'
import {
  commandProblems,
  fromCommand,
  newCommandForm,
  restartWords,
  toCommand,
  withConfig,
} from './command-form.model.ts'

const queue = { queue: { system: 'laravel' as const, prefix: 'shop_', name: 'default' }, weight: '1' }
const form = { ...newCommandForm('local'), name: 'Shop', line: 'php artisan queue:work', folder: '/srv/shop' }

describe('what is wrong', () => {
  it('is nothing, with a name, a program and a folder', () => {
    expect(commandProblems(form)).toEqual({})
    expect(Object.keys(commandProblems(newCommandForm('local')))).toEqual(['name', 'line', 'folder'])
  })
  it('is a line that cannot be read', () => {
    expect(commandProblems({ ...form, line: 'php "' }).line).toBe('A quote is not closed.')
    expect(commandProblems({ ...form, line: '"" a' })).toHaveProperty('line')
  })
  it('is the lack of queues where they are needed', () => {
    expect(commandProblems({ ...form, share: 'weighted' })).toHaveProperty('queues')
    expect(commandProblems({ ...form, line: 'php --queue={queue}' })).toHaveProperty('queues')
    expect(commandProblems({ ...form, scale: { ...form.scale, by: 'wait' } })).toHaveProperty('queues')
    expect(commandProblems({ ...form, line: 'php --queue={queue}', share: 'strict', queues: [queue] })).toEqual({})
    expect(commandProblems({ ...form, queues: [{ ...queue, weight: '0' }] })).toHaveProperty('queues')
  })
  it('is a variable without a name, or twice', () => {
    const env = (...names: string[]) => commandProblems({ ...form, env: names.map((name) => ({ name, value: '' })) })
    expect(env('APP_ENV', '_x')).toEqual({})
    for (const names of [[''], ['1A'], ['A B'], ['A', 'A']]) expect(env(...names)).toHaveProperty('env')
  })
  it('is each number beyond what the engine takes', () => {
    const wrong = { drainSeconds: '-1', firstSeconds: '0', longestSeconds: 'x', giveUpAfter: '0', memoryMb: '15' }
    expect(Object.keys(commandProblems({ ...form, ...wrong }))).toEqual(Object.keys(wrong))
  })
})

it('gives what the engine takes, and comes back as it was', () => {
  const full = {
    ...form,
    line: "php artisan '--name=two words'",
    env: [{ name: 'APP_ENV', value: 'production' }],
    queues: [queue, { ...queue, queue: { ...queue.queue, name: 'mail' }, weight: '9' }],
    share: 'weighted' as const,
    memoryMb: '128',
    autostart: true,
  }
  const config = toCommand(full)
  expect(config).toMatchObject({ program: 'php', args: ['artisan', '--name=two words'], memoryMb: 128 })
  expect(config.env).toEqual({ APP_ENV: 'production' })
  expect(fromCommand({ config, autostart: true })).toEqual(full)
})

it('can be filled in by every template, and by the six channels', () => {
  for (const { label, config } of workerCommandTemplates) {
    const filled = withConfig({ ...newCommandForm('local'), name: label, folder: '/srv', queues: [queue] }, config)
    expect(commandProblems(filled), label).toEqual({})
    expect(toCommand(filled), label).toMatchObject(config)
  }
  for (const config of sixChannelCommands({ connectionId: 'local', folder: '/srv', prefix: 'shop_' })) {
    expect(toCommand(fromCommand({ config, autostart: false }))).toEqual(workerCommandSchema.parse(config))
  }
})

it('says in words what is folded away', () => {
  expect(restartWords({ ...form, drainSeconds: '' })).toContain('stopped by SIGTERM, killed after ? ·')
  expect(restartWords(form)).toContain('given up after 5 times')
})
