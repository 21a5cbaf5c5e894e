import { useQueryClient } from '@tanstack/react-query'
import { client } from '../api/client.ts'
import { errorSentence } from '../api/error-text.ts'
import { type Connection, isOpen } from '../state/connections.ts'
import { setTheme, themes } from '../state/preferences.ts'
import { useCommands } from '../ui/commands.ts'
import { plainVisible } from '../ui/redis-text.model.ts'
import { toast } from '../ui/toast.tsx'
import { navigate } from './hash-location.ts'
import { routes } from './routes.ts'
import { sections } from './sections.ts'
import { usePlace } from './use-place.ts'

interface ShellCommands {
  connections: readonly Connection[]
  onPalette(): void
  onKeys(): void
}

const report = (promise: Promise<unknown>) => promise.catch((error: unknown) => toast.error(errorSentence(error)))

/** The commands that every screen has: go anywhere, open and close connections, look different. */
export function useShellCommands({ connections, onPalette, onKeys }: ShellCommands): void {
  const { connectionId } = usePlace()
  const queries = useQueryClient()
  useCommands([
    { id: 'palette', title: 'Go to anything', group: 'Everywhere', keys: 'mod+k', keyOnly: true, run: onPalette },
    { id: 'keys', title: 'Show all keys', group: 'Everywhere', keys: '?', run: onKeys },
    {
      id: 'refresh',
      title: 'Read everything again',
      group: 'Everywhere',
      keys: 'mod+r',
      run: () => void queries.invalidateQueries(),
    },
    ...sections
      .filter(({ places }) => places.length > 0)
      .map((section) => {
        const here = section.places.includes('connection')
          ? (connectionId ?? connections.find(isOpen)?.profile.id ?? null)
          : null
        const target = section.places.includes('all') && connectionId === null ? null : here
        return {
          id: `go.${section.id}`,
          title: section.label,
          group: 'Go to',
          keys: section.goKey === undefined ? undefined : `g ${section.goKey}`,
          run: () => navigate(routes.section(section.id, target)),
        }
      }),
    ...connections.map(({ profile, status }) => {
      const open = status.status !== 'closed'
      return {
        id: `connection.${profile.id}`,
        title: `${open ? 'Close' : 'Open'} ${profile.name}`,
        group: 'Connections',
        keywords: `${profile.environment} connect disconnect`,
        run: () => {
          if (open) void report(client.connections.close({ connectionId: profile.id }))
          else void report(client.connections.open({ connectionId: profile.id }))
        },
      }
    }),
    ...connections.filter(isOpen).map(({ profile }) => ({
      id: `rescan.${profile.id}`,
      title: `Look for queues again in ${profile.name}`,
      group: 'Connections',
      keywords: 'rescan discover',
      run: () =>
        void report(
          client.telemetry
            .rescan({ connectionId: profile.id })
            .then(({ queues, partial }) =>
              toast.info(plainVisible(partial ?? `${queues} queues found in ${profile.name}.`)),
            ),
        ),
    })),
    { id: 'profile.new', title: 'Add a connection', group: 'Connections', run: () => navigate(routes.profile('new')) },
    ...themes.map((theme) => ({
      id: `theme.${theme}`,
      title: `Appearance: ${theme === 'system' ? 'as the system' : theme}`,
      group: 'Everywhere',
      keywords: 'theme dark light mode',
      run: () => setTheme(theme),
    })),
  ])
}
