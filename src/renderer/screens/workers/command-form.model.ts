import type { QueueRef } from '../../../domain/queue.ts'
import {
  type drainSignals,
  type WorkerCommand,
  type WorkerCommandStatus,
  workerCommandSchema,
} from '../../../domain/worker-command.ts'
import { fromScale, type ScaleForm, scaleProblems, startingScale, toScale } from '../../components/scale-form.model.ts'
import { isNumber, isWhole, toMs, toSeconds } from '../../components/whole-number.model.ts'
import { joinWords, splitWords } from './command-line.model.ts'

/** The form of a worker command, numbers as typed. */
export interface CommandForm {
  readonly connectionId: string
  readonly name: string
  /** The program and its arguments, as in a terminal. */
  readonly line: string
  readonly folder: string
  readonly env: readonly { name: string; value: string }[]
  readonly passRedisUrl: boolean
  readonly queues: readonly { queue: QueueRef; weight: string }[]
  readonly share: WorkerCommand['share']
  readonly scale: ScaleForm
  readonly drainSignal: (typeof drainSignals)[number]
  readonly drainSeconds: string
  readonly firstSeconds: string
  readonly longestSeconds: string
  readonly giveUpAfter: string
  /** Empty for no limit. */
  readonly memoryMb: string
  readonly autostart: boolean
}

/** An empty form. */
export function newCommandForm(connectionId: string): CommandForm {
  return {
    connectionId,
    name: '',
    line: '',
    folder: '',
    env: [],
    passRedisUrl: false,
    queues: [],
    share: 'together',
    scale: { ...startingScale, count: '1' },
    drainSignal: 'SIGTERM',
    drainSeconds: '60',
    firstSeconds: '1',
    longestSeconds: '60',
    giveUpAfter: '5',
    memoryMb: '',
    autostart: false,
  }
}

/** The form with what a config says; what it does not say stays. */
export function withConfig(form: CommandForm, config: Partial<WorkerCommand>): CommandForm {
  const { program, args, env, queues, scale, drainMs, restart, memoryMb } = config
  return {
    ...form,
    ...(config.connectionId !== undefined && { connectionId: config.connectionId }),
    ...(config.name !== undefined && { name: config.name }),
    ...(config.folder !== undefined && { folder: config.folder }),
    ...(config.passRedisUrl !== undefined && { passRedisUrl: config.passRedisUrl }),
    ...(config.share !== undefined && { share: config.share }),
    ...(config.drainSignal !== undefined && { drainSignal: config.drainSignal }),
    ...(program !== undefined && { line: joinWords([program, ...(args ?? [])]) }),
    ...(env !== undefined && { env: Object.entries(env).map(([name, value]) => ({ name, value })) }),
    ...(queues !== undefined && { queues: queues.map(({ queue, weight }) => ({ queue, weight: String(weight) })) }),
    ...(scale !== undefined && { scale: fromScale(scale) }),
    ...(drainMs !== undefined && { drainSeconds: toSeconds(drainMs) }),
    ...(memoryMb !== undefined && { memoryMb: memoryMb === null ? '' : String(memoryMb) }),
    ...(restart !== undefined && {
      firstSeconds: toSeconds(restart.firstMs),
      longestSeconds: toSeconds(restart.longestMs),
      giveUpAfter: String(restart.giveUpAfter),
    }),
  }
}

/** The form of a command that is there already. */
export function fromCommand({ config, autostart }: Pick<WorkerCommandStatus, 'config' | 'autostart'>): CommandForm {
  return { ...withConfig(newCommandForm(config.connectionId), config), autostart }
}

/** The fields that stay folded away until somebody wants them. */
export const restartFields = ['firstSeconds', 'longestSeconds', 'giveUpAfter'] as const

/** What is wrong with the form, by field; of the scale only that something is. */
export function commandProblems(form: CommandForm): Partial<Record<keyof CommandForm, string>> {
  const problems: Partial<Record<keyof CommandForm, string>> = {}
  if (form.connectionId === '') problems.connectionId = 'Choose a connection.'
  if (form.name.trim() === '') problems.name = 'Give it a name.'
  else if (form.name.trim().length > 80) problems.name = 'At most 80 characters.'
  const words = splitWords(form.line)
  if (words === null) problems.line = 'A quote is not closed.'
  else if ((words[0] ?? '') === '') problems.line = 'Which program is it?'
  else if (words.length > 101) problems.line = 'At most 100 arguments.'
  if (form.folder.trim() === '') problems.folder = 'Where does it run?'
  const names = form.env.map(({ name }) => name)
  if (names.some((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) {
    problems.env = 'A name has letters, digits and underscores, and does not begin with a digit.'
  } else if (new Set(names).size < names.length) problems.env = 'A name is there twice.'
  if (form.share !== 'together' && form.queues.length === 0) problems.queues = 'Name the queues that are shared out.'
  else if (words?.some((word) => word.includes('{queue}')) && form.queues.length === 0) {
    problems.queues = 'The command has {queue} in it: name at least one.'
  } else if (form.scale.by !== 'fixed' && form.queues.length === 0) {
    problems.queues = 'By what waits where? Name at least one.'
  } else if (form.queues.some(({ weight }) => !isWhole(weight, 1, 1000))) problems.queues = 'Weights are 1 to 1,000.'
  if (Object.keys(scaleProblems(form.scale)).length > 0) problems.scale = 'See above.'
  if (!isNumber(form.drainSeconds, 0, 86_400)) problems.drainSeconds = '0 to 86,400'
  if (!isNumber(form.firstSeconds, 0.1, 3_600)) problems.firstSeconds = '0.1 to 3,600'
  if (!isNumber(form.longestSeconds, 0.1, 3_600)) problems.longestSeconds = '0.1 to 3,600'
  if (!isWhole(form.giveUpAfter, 1, 1000)) problems.giveUpAfter = '1 to 1,000'
  if (form.memoryMb.trim() !== '' && !isWhole(form.memoryMb, 16, 1_048_576)) problems.memoryMb = '16 or more, or empty'
  return problems
}

/** What goes to the engine; only for a form without problems. */
export function toCommand(form: CommandForm): WorkerCommand {
  const [program, ...args] = splitWords(form.line) ?? []
  const { connectionId, name, folder, passRedisUrl, share, drainSignal } = form
  return workerCommandSchema.parse({
    ...{ connectionId, name, passRedisUrl, share, drainSignal, program, args },
    folder: folder.trim(),
    env: Object.fromEntries(form.env.map((row) => [row.name, row.value])),
    queues: form.queues.map(({ queue, weight }) => ({ queue, weight: Number(weight) })),
    scale: toScale(form.scale),
    drainMs: toMs(form.drainSeconds),
    restart: {
      firstMs: toMs(form.firstSeconds),
      longestMs: toMs(form.longestSeconds),
      giveUpAfter: Number(form.giveUpAfter),
    },
    memoryMb: form.memoryMb.trim() === '' ? null : Number(form.memoryMb),
  })
}

/** What holds while the part about its end is folded away. */
export function restartWords({ drainSignal, drainSeconds, firstSeconds, longestSeconds, giveUpAfter }: CommandForm) {
  const seconds = (text: string) => (text.trim() === '' ? '?' : `${text.trim()} s`)
  return `stopped by ${drainSignal}, killed after ${seconds(drainSeconds)} · when it ends, started again after ${seconds(firstSeconds)}, doubling up to ${seconds(longestSeconds)}, given up after ${giveUpAfter.trim() || '?'} times`
}
