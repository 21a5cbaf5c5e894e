import { Gauge, LaptopMinimal, Moon, Search, Sun } from 'lucide-react'
import type { ReactNode } from 'react'
import { ConnectionDot } from '../components/connection-dot.tsx'
import { costSentences } from '../components/cost-words.model.ts'
import { EnvironmentTag } from '../components/environment-tag.tsx'
import { WriteAccess } from '../components/write-access.tsx'
import { useConnection } from '../state/connections.ts'
import { setTheme, type Theme, themes, usePreferences } from '../state/preferences.ts'
import { useConnectionTelemetry } from '../state/telemetry.ts'
import { formatDuration } from '../ui/format.ts'
import { Kbd } from '../ui/kbd.tsx'
import { Menu } from '../ui/menu.tsx'
import { RedisText } from '../ui/redis-text.tsx'
import { NotificationBell } from './notification-bell.tsx'
import { findSection } from './sections.ts'
import { usePlace } from './use-place.ts'

const themeLooks: Record<Theme, { label: string; icon: ReactNode }> = {
  system: { label: 'As the system', icon: <LaptopMinimal size={14} aria-hidden /> },
  light: { label: 'Light', icon: <Sun size={14} aria-hidden /> },
  dark: { label: 'Dark', icon: <Moon size={14} aria-hidden /> },
}

/** Where we are and how careful to be, on every screen. */
export function TopBar({ onPalette }: { onPalette(): void }) {
  const { connectionId, section } = usePlace()
  const connection = useConnection(connectionId)
  const theme = usePreferences((state) => state.theme)
  const title = findSection(section, connectionId)?.label
  return (
    <header className="flex h-10 shrink-0 items-center gap-2 border-b border-line px-3">
      <div className="flex min-w-0 flex-1 items-center gap-2">
        {connection === undefined ? (
          <h1 className="truncate font-semibold">{title}</h1>
        ) : (
          <>
            <ConnectionDot status={connection.status} />
            <RedisText text={connection.profile.name} truncate className="font-semibold" />
            <EnvironmentTag environment={connection.profile.environment} />
            {title !== undefined && (
              <>
                <span className="text-faint" aria-hidden>
                  /
                </span>
                <h1 className="shrink-0">{title}</h1>
              </>
            )}
          </>
        )}
      </div>
      {connection !== undefined && <WriteAccess connection={connection} />}
      {connectionId !== null && <TickCost connectionId={connectionId} />}
      <button
        type="button"
        onClick={onPalette}
        aria-label="Go to…"
        className="flex h-7 items-center gap-2 rounded-md border border-line bg-sunken px-2 text-faint hover:border-line-strong hover:text-ink"
      >
        <Search size={13} aria-hidden />
        <span className="pr-4 text-sm max-[900px]:hidden">Go to…</span>
        <Kbd keys="mod+k" />
      </button>
      <NotificationBell />
      <Menu
        trigger={
          <button
            type="button"
            aria-label={`Appearance: ${themeLooks[theme].label}`}
            title="Appearance"
            className="flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
          >
            {themeLooks[theme].icon}
          </button>
        }
        entries={themes.map((choice) => ({
          label: themeLooks[choice].label,
          icon: themeLooks[choice].icon,
          checked: choice === theme,
          onChoose: () => setTheme(choice),
        }))}
      />
    </header>
  )
}

/** What looking costs: the round trip of the last tick, and for who points at it all the rest. */
function TickCost({ connectionId }: { connectionId: string }) {
  const telemetry = useConnectionTelemetry(connectionId)
  if (telemetry === undefined) return null
  return (
    <span
      className="flex w-18 shrink-0 items-center justify-end gap-1 text-sm text-faint"
      title={`Round trip of the last reading. ${costSentences(telemetry.cost)}`}
    >
      <Gauge size={13} strokeWidth={1.75} aria-hidden />
      {formatDuration(telemetry.tickMs)}
    </span>
  )
}
