import { Autocomplete } from '@base-ui/react/autocomplete'
import { Dialog } from '@base-ui/react/dialog'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { systemLabel } from '../components/system-label.tsx'
import { type Connection, isOpen } from '../state/connections.ts'
import { useTelemetryStore } from '../state/telemetry.ts'
import { offeredCommands } from '../ui/commands.ts'
import { Kbd } from '../ui/kbd.tsx'
import { RedisText } from '../ui/redis-text.tsx'
import { navigate } from './hash-location.ts'
import { groupPalette, type PaletteItem, searchPalette } from './palette.model.ts'
import { routes } from './routes.ts'
import { usePlace } from './use-place.ts'

/** Everything that can be reached now: commands, then every queue of every open connection. */
function collectItems(connections: readonly Connection[]): PaletteItem[] {
  const commands = offeredCommands().filter(({ keyOnly }) => keyOnly !== true)
  const queues = connections.filter(isOpen).flatMap(({ profile }) => {
    const telemetry = useTelemetryStore.getState().connections[profile.id]
    return [...(telemetry?.queues ?? [])].map(
      ([key, { queue }]): PaletteItem => ({
        id: `queue ${profile.id} ${key}`,
        group: 'Queues',
        title: queue.name,
        detail: `${systemLabel(queue.system)} · ${profile.name}`,
        keywords: profile.environment,
        run: () => navigate(routes.queue(profile.id, key)),
      }),
    )
  })
  return [...commands, ...queues]
}

/** What is typed may be in a job instead of a name: that is always offered, last. */
function findItem(text: string, connectionId: string | null): PaletteItem[] {
  const q = text.trim()
  if (q === '') return []
  const run = () => navigate(routes.search(connectionId, { q }))
  return [{ id: 'find jobs', group: 'Jobs', title: `Find jobs: ${q}`, run }]
}

interface PaletteProps {
  open: boolean
  onClose(): void
  connections: readonly Connection[]
}

/** Go anywhere and do anything by typing a few letters of it. */
export function Palette({ open, onClose, connections }: PaletteProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/20" />
        <Dialog.Viewport className="fixed inset-0 z-40 flex items-start justify-center px-4 pt-[12vh]">
          <Dialog.Popup
            aria-label="Go to"
            className="flex max-h-[min(420px,70vh)] w-150 max-w-full flex-col overflow-hidden rounded-xl bg-raised shadow-float"
          >
            <PaletteBody connections={connections} onClose={onClose} />
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function PaletteBody({ connections, onClose }: Omit<PaletteProps, 'open'>) {
  const [text, setText] = useState('')
  // What can be done does not change while the palette is open: it was asked for in this state of the screen.
  const [items] = useState(() => collectItems(connections))
  const { connectionId } = usePlace()
  const groups = groupPalette([...searchPalette(items, text), ...findItem(text, connectionId)])
  return (
    <Autocomplete.Root
      open
      inline
      items={groups}
      filter={null}
      value={text}
      onValueChange={setText}
      itemToStringValue={(item: PaletteItem) => item.title}
      autoHighlight="always"
      keepHighlight
    >
      <div className="flex items-center gap-2 border-b border-line px-3">
        <Search size={14} className="shrink-0 text-faint" aria-hidden />
        <Autocomplete.Input
          aria-label="Search commands and queues"
          placeholder="Go to a queue, a connection or a screen, or do something"
          dir="auto"
          className="h-10 w-full bg-transparent text-lg outline-none"
        />
      </div>
      <Autocomplete.Empty className="px-4 py-6 text-center text-muted empty:hidden">
        Nothing is called that.
      </Autocomplete.Empty>
      <Autocomplete.List className="min-h-0 flex-1 scroll-py-1 overflow-y-auto p-1 empty:hidden">
        {(group: { value: string; items: PaletteItem[] }) => (
          <Autocomplete.Group key={group.value} items={group.items} className="pb-1">
            <Autocomplete.GroupLabel className="px-2 pt-1.5 pb-1 text-xs font-medium text-faint">
              {group.value}
            </Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(item: PaletteItem) => (
                <Autocomplete.Item
                  key={item.id}
                  value={item}
                  onClick={() => {
                    onClose()
                    // After the dialog gave the focus back, so that the command may move it.
                    setTimeout(() => item.run())
                  }}
                  className="flex h-7 items-center gap-3 rounded-md px-2 data-highlighted:bg-selected"
                >
                  <RedisText text={item.title} truncate className="flex-1" />
                  {item.detail !== undefined && (
                    <RedisText text={item.detail} truncate className="max-w-60 text-sm text-faint" />
                  )}
                  {item.keys !== undefined && <Kbd keys={item.keys} />}
                </Autocomplete.Item>
              )}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
    </Autocomplete.Root>
  )
}
