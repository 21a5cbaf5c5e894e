import { expect, test } from 'vitest'
import { workerCommandSchema } from './worker-command.ts'
import { sixChannelCommands, sixChannels, workerCommandTemplates } from './worker-command-templates.ts'

test.each(workerCommandTemplates.map((template) => [template.id, template] as const))(
  '%s is a whole command once it has a name, a folder and a connection',
  (_, { config, label }) => {
    const whole = { ...config, connectionId: 'local', name: label, folder: '/srv/app', queues: [] }
    expect(workerCommandSchema.parse(whole)).toEqual(whole)
  },
)

test('no template puts where Redis is, password included, among the arguments', () => {
  for (const { config } of workerCommandTemplates) expect(config.args?.join(' ')).not.toMatch(/redisUrl|redis:\/\//)
})

test('the six channels are six commands, each with figures of its own', () => {
  const commands = sixChannelCommands({ connectionId: 'shop', folder: '/srv/shop', prefix: 'shop_' })
  expect(commands.map((command) => workerCommandSchema.parse(command))).toEqual(commands)
  expect(commands.map(({ name, queues }) => [name, queues.length])).toEqual(
    ['payments', 'notifications', 'exports', 'reports', 'bulk', 'maintenance'].map((name) => [name, 1]),
  )
  expect(commands[0]).toMatchObject({
    program: 'php',
    args: [
      'artisan',
      'queue:work',
      'redis',
      '--queue={queue}',
      '--tries=5',
      '--timeout=180',
      '--memory=256',
      '--max-time=3600',
      '--backoff=30,60,120,300,600',
    ],
    drainMs: 190_000,
    memoryMb: 320,
    scale: { min: 1, max: 4 },
    queues: [{ queue: { system: 'laravel', prefix: 'shop_', name: 'payments' }, weight: 10 }],
  })
  expect(sixChannels('shop_').map(({ weight }) => weight)).toEqual([10, 8, 6, 6, 2, 1])
})
