import type { QueueRef } from '../../domain/queue.ts'
import { systemOf } from '../../systems/registry.ts'

/** Key of a new trash entry; it has the hash tag of the queue's keys, because a script's keys share a slot in a cluster. */
export function newTrashKey(queue: QueueRef): string {
  const key = systemOf(queue.system).keysOf(queue)[0]?.key ?? ''
  const tag = /^[^{]*(\{[^}]+\})/.exec(key)?.[1] ?? ''
  return `sluice:trash:${tag}${crypto.randomUUID()}`
}
