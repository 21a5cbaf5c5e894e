import { type QueueRef, queueKey } from '../../../domain/queue.ts'
import { client } from '../../api/client.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'

/** Goes to a job where it is now; rejects with NOT_FOUND when it is nowhere. */
export async function openJobById(connectionId: string, queue: QueueRef, id: string): Promise<void> {
  const { state, ref } = await client.queues.find({ connectionId, queue, id })
  navigate(routes.job(connectionId, queueKey(queue), state, ref))
}
