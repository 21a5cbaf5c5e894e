import {
  BookText,
  CircleAlert,
  ListOrdered,
  type LucideIcon,
  MemoryStick,
  Radar,
  Search,
  Server,
  Table2,
  Users,
} from 'lucide-react'
import { type ComponentType, type LazyExoticComponent, lazy } from 'react'

export interface ScreenProps {
  /** The connection the screen is about; null over all. */
  connectionId: string | null
}

/** A screen and where it is reached. The sidebar, the palette, the routes and the `g` keys are all made from this table. */
export interface Section {
  readonly id: string
  readonly label: string
  readonly icon: LucideIcon
  /** Where the sidebar has it: over all connections, under each, both, or (a screen that others open) nowhere. */
  readonly places: readonly ('all' | 'connection')[]
  /** Letter after `g`. */
  readonly goKey?: string
  /** The number beside its name. */
  readonly count?: 'queues' | 'failed'
  readonly screen: LazyExoticComponent<ComponentType<ScreenProps>>
}

export const sections: readonly Section[] = [
  {
    id: 'overview',
    label: 'Queues',
    icon: Table2,
    places: ['all', 'connection'],
    goKey: 'q',
    count: 'queues',
    screen: lazy(async () => ({ default: (await import('../screens/overview/overview-screen.tsx')).OverviewScreen })),
  },
  {
    id: 'failures',
    label: 'Failures',
    icon: CircleAlert,
    places: ['all', 'connection'],
    goKey: 'f',
    count: 'failed',
    screen: lazy(async () => ({ default: (await import('../screens/failures/failures-screen.tsx')).FailuresScreen })),
  },
  {
    id: 'search',
    label: 'Find jobs',
    icon: Search,
    places: ['all', 'connection'],
    goKey: 's',
    screen: lazy(async () => ({ default: (await import('../screens/search/search-screen.tsx')).SearchScreen })),
  },
  {
    id: 'queue',
    label: 'Queue',
    icon: ListOrdered,
    places: [],
    screen: lazy(async () => ({ default: (await import('../screens/queue/queue-screen.tsx')).QueueScreen })),
  },
  {
    id: 'requests',
    label: 'Requests',
    icon: Radar,
    places: ['connection'],
    goKey: 'r',
    screen: lazy(async () => ({ default: (await import('../screens/requests/requests-screen.tsx')).RequestsScreen })),
  },
  {
    id: 'workers',
    label: 'Workers',
    icon: Users,
    places: ['all', 'connection'],
    goKey: 'w',
    screen: lazy(async () => ({ default: (await import('../screens/workers/workers-screen.tsx')).WorkersScreen })),
  },
  {
    id: 'memory',
    label: 'Memory',
    icon: MemoryStick,
    places: ['connection'],
    goKey: 'm',
    screen: lazy(async () => ({ default: (await import('../screens/memory/memory-screen.tsx')).MemoryScreen })),
  },
  {
    id: 'journal',
    label: 'Journal',
    icon: BookText,
    places: ['all'],
    goKey: 'j',
    screen: lazy(async () => ({ default: (await import('../screens/journal/journal-screen.tsx')).JournalScreen })),
  },
  {
    id: 'profiles',
    label: 'Connections',
    icon: Server,
    places: ['all'],
    goKey: 'c',
    screen: lazy(async () => ({ default: (await import('../screens/profiles/profiles-screen.tsx')).ProfilesScreen })),
  },
]

/** The section of an address, where there is one of that name in that place. */
export function findSection(id: string, connectionId: string | null): Section | undefined {
  const section = sections.find((candidate) => candidate.id === id)
  const place = connectionId === null ? 'all' : 'connection'
  return section !== undefined && (section.places.length === 0 || section.places.includes(place)) ? section : undefined
}
