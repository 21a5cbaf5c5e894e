import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import { newsAmong, worthToast } from './notifications.model.ts'

/** Something that happened while nobody looked. */
export interface Notification {
  readonly id: string
  readonly at: number
  readonly level: 'info' | 'warning' | 'error'
  readonly title: string
  readonly text: string
}

/** What app.notifications tells, newest last; null until it first spoke. */
export const useNotifications = create<{ list: readonly Notification[] | null }>(() => ({ list: null }))

/** When the list was last looked at, epoch ms: kept, so that a start does not make old ones new. */
export const useNotificationsSeen = create<{ seenAt: number }>()(
  persist(() => ({ seenAt: 0 }), { name: 'sluice.notifications', version: 1 }),
)

export function markNotificationsSeen(): void {
  const newest = useNotifications.getState().list?.at(-1)?.at ?? 0
  useNotificationsSeen.setState({ seenAt: Math.max(newest, useNotificationsSeen.getState().seenAt) })
}

let lastInfoAt = 0

/** Keeps the list, and gives those that came since it was kept last and are worth a toast; the bell has them all. */
export function feedNotifications(list: readonly Notification[]): readonly Notification[] {
  const before = useNotifications.getState().list
  useNotifications.setState({ list })
  const news = newsAmong(list, before === null ? null : new Set(before.map(({ id }) => id)))
  const shown = worthToast(news, lastInfoAt)
  lastInfoAt = shown.findLast(({ level }) => level === 'info')?.at ?? lastInfoAt
  return shown
}
