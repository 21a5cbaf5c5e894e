import { useMutation } from '@tanstack/react-query'
import { Ellipsis, Pencil, Play, Skull, Square, SquareTerminal, X } from 'lucide-react'
import { useState } from 'react'
import type { WorkerCommandStatus } from '../../../domain/worker-command.ts'
import { orpc } from '../../api/client.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { scaleWords } from '../../components/scale-form.model.ts'
import { useConnection } from '../../state/connections.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { formatBytes, formatCounted } from '../../ui/format.ts'
import { Menu } from '../../ui/menu.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { joinWords } from './command-line.model.ts'
import { exitWords, usageOf } from './command-words.model.ts'

const states: Record<WorkerCommandStatus['state'], { label: string; tone: Tone }> = {
  stopped: { label: 'stopped', tone: 'neutral' },
  running: { label: 'running', tone: 'good' },
  waiting: { label: 'starts again soon', tone: 'warn' },
  draining: { label: 'finishing its jobs', tone: 'warn' },
  failed: { label: 'given up', tone: 'bad' },
}

interface CommandCardProps {
  command: WorkerCommandStatus
  chosen: boolean
  named: boolean
  onChoose(): void
  onEdit(): void
}

/** One worker command with its numbers. Choosing it shows its processes and what they write. */
export function CommandCard({ command, chosen, named, onChoose, onEdit }: CommandCardProps) {
  const { config, state, processes, wanted, restarts, lastExit, problem, autostart } = command
  const connection = useConnection(config.connectionId)
  const { cpu, memoryBytes } = usageOf(command)
  const { label, tone } = states[state]
  const facts = [
    state === 'stopped' || state === 'failed'
      ? scaleWords(config.scale, null)
      : `${processes.length} of ${formatCounted(wanted, 'process', 'processes')}`,
    cpu === null ? null : `${cpu.toFixed(1)}% CPU`,
    memoryBytes === null ? null : formatBytes(memoryBytes),
    restarts === 0 ? null : formatCounted(restarts, 'restart'),
  ].filter((fact) => fact !== null)
  return (
    <li
      className={classNames(
        'flex min-w-0 flex-col rounded-lg border bg-canvas',
        chosen ? 'border-accent' : 'border-line',
      )}
    >
      <button
        type="button"
        aria-pressed={chosen}
        onClick={onChoose}
        className="flex min-w-0 flex-1 flex-col gap-1 rounded-lg px-3 pt-2.5 pb-1 text-start"
        title="Show its processes and what they write"
      >
        <span className="flex w-full min-w-0 items-center gap-2">
          <SquareTerminal size={14} className="shrink-0 text-faint" aria-hidden />
          <RedisText text={config.name} truncate className="flex-1 font-semibold" />
          {autostart && <Badge title="Starts with the app">with the app</Badge>}
          <Badge tone={tone}>{label}</Badge>
        </span>
        <RedisText text={joinWords([config.program, ...config.args])} mono truncate className="w-full text-muted" />
        <span className="flex w-full min-w-0 items-center gap-2 text-sm text-muted">
          {named && connection !== undefined && (
            <>
              <RedisText text={connection.profile.name} truncate />
              <EnvironmentTag environment={connection.profile.environment} />
            </>
          )}
          <span className="ml-auto shrink-0">{facts.join(' · ')}</span>
        </span>
        {problem !== null ? (
          <span className="line-clamp-2 w-full text-sm text-warn" title={problem}>
            {problem}
          </span>
        ) : (
          lastExit !== null &&
          (state !== 'running' || restarts > 0) && (
            <span className="w-full truncate text-sm text-faint">
              Its last process {exitWords(lastExit)}, <RelativeTime at={lastExit.at} />
            </span>
          )
        )}
      </button>
      <CommandActions command={command} onEdit={onEdit} />
    </li>
  )
}

function CommandActions({
  command: { id, config, state, processes },
  onEdit,
}: Omit<CommandCardProps, 'chosen' | 'named' | 'onChoose'>) {
  const [asking, setAsking] = useState<'kill' | 'remove' | null>(null)
  const start = useMutation(orpc.commands.start.mutationOptions())
  const stop = useMutation(orpc.commands.stop.mutationOptions())
  const settled = { onSettled: () => setAsking(null) }
  const kill = useMutation(orpc.commands.kill.mutationOptions(settled))
  const remove = useMutation(orpc.commands.remove.mutationOptions(settled))
  const rests = state === 'stopped' || state === 'failed'
  return (
    <div className="flex items-center justify-end gap-2 px-3 pt-1 pb-2">
      <Menu
        trigger={
          <Button
            size="small"
            look="ghost"
            aria-label="More for this command"
            className="px-1!"
            icon={<Ellipsis size={14} aria-hidden />}
          />
        }
        entries={[
          { label: 'Edit…', icon: <Pencil size={14} aria-hidden />, onChoose: onEdit },
          'separator',
          {
            label: 'Kill its processes…',
            icon: <Skull size={14} aria-hidden />,
            danger: true,
            unavailable: processes.length === 0 ? 'None of its processes runs.' : undefined,
            onChoose: () => setAsking('kill'),
          },
          {
            label: 'Remove…',
            icon: <X size={14} aria-hidden />,
            danger: true,
            unavailable: rests ? undefined : 'Stop it first.',
            onChoose: () => setAsking('remove'),
          },
        ]}
      />
      {rests ? (
        <Button
          size="small"
          icon={<Play size={12} aria-hidden />}
          busy={start.isPending}
          onClick={() => start.mutate({ id })}
        >
          Start
        </Button>
      ) : (
        <Button
          size="small"
          icon={<Square size={11} aria-hidden />}
          busy={stop.isPending || state === 'draining'}
          title={`Tells it to finish by ${config.drainSignal}`}
          onClick={() => stop.mutate({ id })}
        >
          Stop
        </Button>
      )}
      <ConfirmDialog
        open={asking === 'kill'}
        destructive
        title="Kill its processes?"
        confirmLabel={`Kill ${formatCounted(processes.length, 'process', 'processes')}`}
        busy={kill.isPending}
        onCancel={() => setAsking(null)}
        onConfirm={() => kill.mutate({ id })}
      >
        <RedisText text={config.name} className="font-semibold" /> and all that it started end at once. What becomes of
        the jobs in their hands is up to their queue: some go back after a while, some are lost. Stop lets them finish
        first.
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === 'remove'}
        destructive
        title="Remove this command?"
        confirmLabel="Remove the command"
        busy={remove.isPending}
        onCancel={() => setAsking(null)}
        onConfirm={() => remove.mutate({ id })}
      >
        <RedisText text={config.name} className="font-semibold" /> is forgotten, with its settings and its output.
      </ConfirmDialog>
    </div>
  )
}
