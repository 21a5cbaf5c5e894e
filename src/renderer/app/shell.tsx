import { CircleHelp } from 'lucide-react'
import { Suspense, useEffect, useMemo, useState } from 'react'
import { environments } from '../../domain/profile.ts'
import { EnvironmentBar } from '../components/environment-tag.tsx'
import { PlanHost } from '../components/plan/plan-dialog.tsx'
import { VaultHost } from '../components/vault/vault-host.tsx'
import { isOpen, isUnlocked, useConnections } from '../state/connections.ts'
import { Button } from '../ui/button.tsx'
import { listenForKeys } from '../ui/commands.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { Banners } from './banners.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import { navigate } from './hash-location.ts'
import { Palette } from './palette.tsx'
import { routes } from './routes.ts'
import { RunsPanel } from './runs/runs-panel.tsx'
import { findSection } from './sections.ts'
import { ShortcutSheet } from './shortcut-sheet.tsx'
import { Sidebar } from './sidebar.tsx'
import { TopBar } from './top-bar.tsx'
import { usePlace } from './use-place.ts'
import { useShellCommands } from './use-shell-commands.ts'

/** The window: what is always there, around the screen of the address. */
export function Shell() {
  const connections = useConnections()
  const [overlay, setOverlay] = useState<'palette' | 'keys' | null>(null)
  const { connectionId, section } = usePlace()
  useEffect(() => listenForKeys(), [])
  const known = connections ?? []
  useShellCommands({ connections: known, onPalette: () => setOverlay('palette'), onKeys: () => setOverlay('keys') })
  const inSight = useMemo(() => {
    const shown = (connections ?? []).filter((connection) =>
      connectionId === null ? isOpen(connection) : connection.profile.id === connectionId,
    )
    return environments.filter((environment) => shown.some(({ profile }) => profile.environment === environment))
  }, [connections, connectionId])
  const unlocked = known.some(isUnlocked)
  return (
    <div className="flex h-full flex-col">
      <EnvironmentBar environments={inSight} />
      {unlocked && (
        <div
          className="pointer-events-none fixed inset-0 z-60 border-[3px] border-env-production"
          data-unlocked=""
          aria-hidden
        />
      )}
      <div className="flex min-h-0 flex-1">
        <Sidebar />
        <div className="flex min-w-0 flex-1 flex-col bg-canvas">
          <TopBar onPalette={() => setOverlay('palette')} />
          <main className="flex min-h-0 flex-1 flex-col">
            <Banners />
            <ErrorBoundary resetKey={`${connectionId} ${section}`}>
              <Suspense fallback={<SkeletonRows />}>
                <CurrentScreen
                  unknownConnection={
                    connectionId !== null &&
                    connections !== undefined &&
                    !known.some(({ profile }) => profile.id === connectionId)
                  }
                />
              </Suspense>
            </ErrorBoundary>
          </main>
        </div>
      </div>
      <RunsPanel />
      <PlanHost />
      <VaultHost />
      <Palette open={overlay === 'palette'} onClose={() => setOverlay(null)} connections={known} />
      <ShortcutSheet open={overlay === 'keys'} onClose={() => setOverlay(null)} />
    </div>
  )
}

function CurrentScreen({ unknownConnection }: { unknownConnection: boolean }) {
  const { connectionId, section } = usePlace()
  const Screen = findSection(section, connectionId)?.screen
  if (Screen === undefined || unknownConnection) {
    return (
      <EmptyState
        icon={<CircleHelp size={20} />}
        title={unknownConnection ? 'That connection is not known here' : 'There is no such screen'}
        action={<Button onClick={() => navigate(routes.section('overview'))}>Show all queues</Button>}
      >
        The address may come from another computer, or the connection was removed.
      </EmptyState>
    )
  }
  return <Screen key={connectionId} connectionId={connectionId} />
}
