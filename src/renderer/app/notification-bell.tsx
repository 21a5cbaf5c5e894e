import { Popover } from '@base-ui/react/popover'
import { Bell, CircleAlert, Info, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { unseenCount } from '../state/notifications.model.ts'
import {
  markNotificationsSeen,
  type Notification,
  useNotifications,
  useNotificationsSeen,
} from '../state/notifications.ts'
import { formatCounted } from '../ui/format.ts'
import { RedisText } from '../ui/redis-text.tsx'
import { RelativeTime } from '../ui/time.tsx'

/** The bell of the top bar: how many are new, and the last ones on demand. */
export function NotificationBell() {
  const [open, setOpen] = useState(false)
  const list = useNotifications((state) => state.list) ?? []
  const seenAt = useNotificationsSeen((state) => state.seenAt)
  const unseen = unseenCount(list, seenAt)
  const change = (next: boolean) => {
    setOpen(next)
    if (!next) markNotificationsSeen() // while it is open the new ones keep their mark
  }
  return (
    <Popover.Root open={open} onOpenChange={change}>
      <Popover.Trigger
        aria-label={unseen === 0 ? 'Notifications' : `Notifications: ${formatCounted(unseen, 'new one')}`}
        title="Notifications"
        className="relative flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
      >
        <Bell size={14} aria-hidden />
        {unseen > 0 && <span className="absolute top-1 right-1 size-1.5 rounded-full bg-accent" aria-hidden />}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align="end" className="z-50">
          <Popover.Popup
            aria-label="Notifications"
            className="flex max-h-[70vh] w-96 max-w-[calc(100vw-2rem)] flex-col rounded-lg bg-raised shadow-float outline-none"
          >
            <Popover.Title className="shrink-0 border-b border-line px-3 py-2 font-semibold">
              Notifications
            </Popover.Title>
            {list.length === 0 ? (
              <p className="px-3 py-4 text-muted">
                Nothing happened. Imports that end and commands that are given up are told here.
              </p>
            ) : (
              <ul className="min-h-0 overflow-y-auto">
                {[...list].reverse().map((one) => (
                  <Item key={one.id} notification={one} fresh={one.at > seenAt} />
                ))}
              </ul>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

const icons = {
  info: <Info size={14} className="text-muted" aria-label="Information" />,
  warning: <TriangleAlert size={14} className="text-warn" aria-label="Warning" />,
  error: <CircleAlert size={14} className="text-bad" aria-label="Error" />,
}

function Item({ notification: { at, level, title, text }, fresh }: { notification: Notification; fresh: boolean }) {
  return (
    <li className="flex gap-2 border-b border-line/60 px-3 py-2 last:border-0">
      <span className="flex h-5 shrink-0 items-center">{icons[level]}</span>
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-2">
          <RedisText text={title} className="min-w-0 flex-1 text-left font-medium wrap-anywhere" selectable />
          {fresh && <span className="mt-2 size-1.5 shrink-0 self-start rounded-full bg-accent" title="New" />}
          <RelativeTime at={at} className="shrink-0 text-sm text-faint" />
        </div>
        <RedisText text={text} lines selectable className="block text-left text-sm wrap-anywhere text-muted" />
      </div>
    </li>
  )
}
