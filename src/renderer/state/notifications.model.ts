import type { Notification } from './notifications.ts'

/** Those that came since the last look, oldest first: what was there at the first look is no news. */
export function newsAmong(
  notifications: readonly Notification[],
  known: ReadonlySet<string> | null,
): readonly Notification[] {
  return known === null ? [] : notifications.filter(({ id }) => !known.has(id))
}

/** The least time between two toasts of plain news, in ms: a queue of imports that end would cover the screen. */
const calmMs = 15_000

/** Those that are worth a toast: all warnings and errors, and of plain news the newest, unless one was shown lately. */
export function worthToast(news: readonly Notification[], lastInfoAt: number): readonly Notification[] {
  const newest = news.findLast(({ level }) => level === 'info')
  return news.filter((one) => one.level !== 'info' || (one === newest && one.at - lastInfoAt >= calmMs))
}

/** How many of them a person has not seen: those later than the last look at the list. */
export function unseenCount(notifications: readonly Notification[], seenAt: number): number {
  return notifications.filter(({ at }) => at > seenAt).length
}
