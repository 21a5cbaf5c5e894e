import { useMutation } from '@tanstack/react-query'
import { sixChannelCommands, sixChannels } from '../../../domain/worker-command-templates.ts'
import { client } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { useConnectionTelemetry } from '../../state/telemetry.ts'
import { Button } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
import type { CommandForm } from './command-form.model.ts'

interface SixChannelsProps {
  form: CommandForm
  change(next: Partial<CommandForm>): void
  onAdded(): void
  /** The commands need to know where the application is. */
  onFolderWanted(): void
}

/** A ready set: six commands with the limits of each channel, or one command for all of them by weight. */
export function SixChannels({ form, change, onAdded, onFolderWanted }: SixChannelsProps) {
  const telemetry = useConnectionTelemetry(form.connectionId)
  const known = [...(telemetry?.queues.values() ?? [])].find(({ queue }) => queue.system === 'laravel')
  const prefix = known?.queue.prefix ?? 'laravel_database_'
  const folder = form.folder.trim()
  const add = useMutation({
    meta: { quiet: true },
    mutationFn: async () => {
      const { connectionId } = form
      for (const config of sixChannelCommands({ connectionId, folder, prefix })) {
        await client.commands.save({ id: null, config, autostart: false })
      }
    },
    onSuccess: () => {
      toast.good('Added six commands. None of them runs yet.')
      onAdded()
    },
  })
  const queues = () => sixChannels(prefix).map(({ queue, weight }) => ({ queue, weight: String(weight) }))
  return (
    <div className="mb-2">
      <Notice tone={add.isError ? 'bad' : 'info'}>
        {add.isError
          ? errorSentence(add.error)
          : 'A ready set is there for payments, notifications, exports, reports, bulk and maintenance.'}
        <div className="mt-1.5 flex flex-wrap gap-2">
          <Button
            type="button"
            size="small"
            busy={add.isPending}
            title="One for each channel, with its own time limit, tries and memory"
            onClick={() => (folder === '' ? onFolderWanted() : add.mutate())}
          >
            Six channels, six commands
          </Button>
          <Button
            type="button"
            size="small"
            title="This command works on all of them, shared out by weight"
            onClick={() => change({ queues: queues(), share: 'weighted' })}
          >
            All in this command
          </Button>
        </div>
      </Notice>
    </div>
  )
}
