import { Folder as FolderIcon } from 'lucide-react'
import type { Connection } from '../../state/connections.ts'
import { classNames } from '../../ui/class-names.ts'
import { formatCount } from '../../ui/format.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { dragOver, useDrag } from './drag.ts'
import { ProfileRow } from './profile-row.tsx'

interface FolderListProps {
  name: string
  connections: readonly Connection[]
  focus: string | null
  movable: boolean
  onStep(id: string, step: -1 | 1): void
}

/** The connections of a folder, under its name. */
export function FolderList({ name, connections, focus, movable, onStep }: FolderListProps) {
  const dropsHere = useDrag(({ goal }) => goal?.folder === name && goal.before === null)
  return (
    <section aria-label={name === '' ? 'In no folder' : undefined}>
      {name !== '' && (
        // biome-ignore lint/a11y/noStaticElementInteractions: rows are dropped on it; the handle moves them by keys
        <div
          onDragOver={(event) => {
            if (useDrag.getState().id === null) return
            event.preventDefault()
            dragOver({ folder: name, before: null })
          }}
          className={classNames('mb-1 flex items-center gap-1.5 rounded-md px-1 py-0.5', dropsHere && 'bg-accent/10')}
        >
          <FolderIcon size={13} className="shrink-0 text-faint" aria-hidden />
          <h2 className="min-w-0">
            <RedisText text={name} className="font-medium wrap-anywhere" />
          </h2>
          <span className="text-sm text-faint">{formatCount(connections.length)}</span>
        </div>
      )}
      {connections.length > 0 && (
        <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line">
          {connections.map(({ profile, status }, place) => (
            <ProfileRow
              key={profile.id}
              profile={profile}
              status={status}
              nextId={connections[place + 1]?.profile.id ?? null}
              focused={focus === profile.id}
              movable={movable}
              onStep={onStep}
            />
          ))}
        </ul>
      )}
    </section>
  )
}
