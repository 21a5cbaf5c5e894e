import type { Notification } from './notifications.ts'

/** Those that came since the last look, oldest first: what was there at the first look is no news. */
export function newsAmong(
  notifications: readonly Notification[],
  known: ReadonlySet<string> | null,
): readonly Notification[] {
  return known === null ? [] : notifications.filter(({ id }) => !known.has(id))
}

/** How many of them a person has not seen: those later than the last look at the list. */
export function unseenCount(notifications: readonly Notification[], seenAt: number): number {
  return notifications.filter(({ at }) => at > seenAt).length
}
