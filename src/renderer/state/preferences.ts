import { create } from 'zustand'
import { persist } from 'zustand/middleware'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

interface Preferences {
  readonly theme: Theme
  /** Connections whose sections the sidebar hides, though they are open. */
  readonly folded: readonly string[]
  /** How much of one core of Redis a search or a survey may take, in percent. */
  readonly budget: number
}

/** What this person likes, kept in this browser's storage. Nothing here is worth a backup. */
export const usePreferences = create<Preferences>()(
  persist((): Preferences => ({ theme: 'system', folded: [], budget: 5 }), { name: 'sluice.preferences', version: 1 }),
)

export function setTheme(theme: Theme): void {
  usePreferences.setState({ theme })
}

export function setBudget(budget: number): void {
  usePreferences.setState({ budget })
}

export function toggleFolded(connectionId: string): void {
  usePreferences.setState(({ folded }) => ({
    folded: folded.includes(connectionId) ? folded.filter((id) => id !== connectionId) : [...folded, connectionId],
  }))
}

/** Keeps <html data-theme> as chosen; without the attribute the system decides. Once, from main.tsx. */
export function applyThemePreference(root: HTMLElement): void {
  const apply = ({ theme }: Preferences) => {
    if (theme === 'system') delete root.dataset.theme
    else root.dataset.theme = theme
  }
  apply(usePreferences.getState())
  usePreferences.subscribe(apply)
}
