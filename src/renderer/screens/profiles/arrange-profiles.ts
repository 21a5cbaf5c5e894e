import type { Profile } from '../../../domain/profile.ts'
import { client, orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { toast } from '../../ui/toast.tsx'
import { placesOf } from './place-order.model.ts'

const { queryKey } = orpc.profiles.list.queryOptions()

/** Puts profiles in another order: on the screen at once, and back where the engine cannot. Returns the new order. */
export function arrangeProfiles(change: (profiles: readonly Profile[]) => Profile[]): Profile[] {
  const next = change(queryClient.getQueryData<Profile[]>(queryKey) ?? [])
  queryClient.setQueryData<Profile[]>(queryKey, next)
  client.profiles
    .arrange({ places: placesOf(next) })
    .catch((error: unknown) => toast.error(errorSentence(error)))
    .finally(() => void queryClient.invalidateQueries({ queryKey: orpc.profiles.key() }))
  return next
}
