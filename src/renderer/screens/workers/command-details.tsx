import { X } from 'lucide-react'
import type { WorkerCommandStatus } from '../../../domain/worker-command.ts'
import { client } from '../../api/client.ts'
import { OutputPanel } from '../../components/output-panel.tsx'
import { QueueName } from '../../components/queue-name.tsx'
import { scaleSentence } from '../../components/scale-form.model.ts'
import { IconButton } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { formatBytes } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { exitWords, queuesWords } from './command-words.model.ts'

/** The processes of one worker command, and what they write. */
export function CommandDetails({ command, onClose }: { command: WorkerCommandStatus; onClose(): void }) {
  const { id, config, processes, wanted, lastExit, problem } = command
  useCommands([{ id: 'command.close', title: 'Close the command', group: 'This screen', keys: 'escape', run: onClose }])
  return (
    <section aria-label="Worker command" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <div className="flex h-10 shrink-0 items-center gap-2 border-b border-line pr-2 pl-3">
        <h2 className="min-w-0">
          <RedisText text={config.name} truncate className="font-semibold" />
        </h2>
        <RedisText text={config.folder} mono truncate selectable className="flex-1 text-muted" />
        <IconButton label="Close" keys="escape" icon={<X size={14} aria-hidden />} onClick={onClose} />
      </div>
      {problem !== null && (
        <Notice tone="bad" flush>
          <RedisText text={problem} lines selectable />
        </Notice>
      )}
      <div className="max-h-2/5 shrink-0 overflow-y-auto border-b border-line">
        <p className="px-3 py-1.5 text-sm text-muted">
          It serves <RedisText text={queuesWords(config)} className="text-ink" />. {scaleSentence(config.scale)}
          {wanted !== processes.length && ` Wanted now: ${wanted}.`}
          {lastExit !== null && (
            <>
              {' '}
              Process {lastExit.pid} {exitWords(lastExit)}, <RelativeTime at={lastExit.at} />.
            </>
          )}
        </p>
        {processes.length > 0 && <Processes processes={processes} />}
      </div>
      <OutputPanel
        id={id}
        read={(question, signal) => client.commands.output(question, { signal })}
        empty="Nothing was written yet. What its processes print appears here."
      />
    </section>
  )
}

function Processes({ processes }: Pick<WorkerCommandStatus, 'processes'>) {
  return (
    <table aria-label="Processes" className="w-full table-fixed">
      <thead>
        <tr className="h-6 border-y border-line text-xs text-faint">
          <th className="w-24 px-3 text-start font-normal">Process</th>
          <th className="px-1.5 text-start font-normal">Queue</th>
          <th className="w-16 px-1.5 text-end font-normal">CPU</th>
          <th className="w-20 px-1.5 text-end font-normal">Memory</th>
          <th className="w-24 px-3 text-end font-normal">Since</th>
        </tr>
      </thead>
      <tbody>
        {processes.map(({ pid, queue, state, since, cpu, memoryBytes }) => (
          <tr key={pid} className="h-7 border-b border-line/60 last:border-0">
            <td className="px-3 font-mono text-sm" data-selectable="">
              {pid}
            </td>
            <td className="px-1.5">
              <span className="flex min-w-0 items-center gap-2">
                {queue === null ? <span className="text-muted">all of them</span> : <QueueName queue={queue} />}
                {state === 'draining' && <span className="shrink-0 text-sm text-warn">finishing</span>}
              </span>
            </td>
            <td className="px-1.5 text-end">{cpu === null ? '–' : `${cpu.toFixed(1)}%`}</td>
            <td className="px-1.5 text-end whitespace-nowrap">
              {memoryBytes === null ? '–' : formatBytes(memoryBytes)}
            </td>
            <td className="px-3 text-end text-sm whitespace-nowrap text-faint">
              <RelativeTime at={since} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
