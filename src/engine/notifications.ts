import { randomUUID } from 'node:crypto'
import { Feed, latestOnly } from './feed.ts'

/** Something that happened while nobody looked. */
export interface Notification {
  readonly id: string
  readonly at: number
  readonly level: 'info' | 'warning' | 'error'
  readonly title: string
  readonly text: string
}

const kept = 50

/** The last things that happened, newest last; gone with the app. */
export class Notifications {
  readonly feed = new Feed<Notification[]>(latestOnly)
  #list: Notification[] = []

  list(): Notification[] {
    return this.#list
  }

  tell(level: Notification['level'], title: string, text: string): void {
    this.#list = [...this.#list.slice(1 - kept), { id: randomUUID(), at: Date.now(), level, title, text }]
    this.feed.publish(this.#list)
  }
}
