import type { FailureGroup } from '../../../domain/failure.ts'
import { queueKey } from '../../../domain/queue.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { bothFilters, type FailureShare, placesOf, sharesOf } from './failures.model.ts'
import { GroupPlaces } from './group-places.tsx'
import { GroupTraits } from './group-traits.tsx'
import { useGroupActions } from './use-group-actions.tsx'

/** An open group: the error as stored, what its jobs share, and where they are. */
export function GroupDetails({ group, named }: { group: FailureGroup; named: boolean }) {
  const shares = sharesOf(placesOf(group))
  const [largest] = shares
  return (
    <div className="@container border-t border-line/60 bg-sunken py-3 pr-3 pl-11">
      <div className="max-h-48 overflow-auto rounded-md border border-bad/25 bg-bad/6 px-2 py-1.5">
        <RedisText text={group.example} mono lines selectable className="wrap-anywhere" />
      </div>
      {largest !== undefined && <Traits group={group} share={largest} />}
      {shares.map((share) => (
        <GroupPlaces
          key={`${share.connectionId} ${share.places.map(({ queue }) => queueKey(queue)).join(' ')}`}
          filter={group.filter}
          share={share}
          named={named || shares.length > 1}
        />
      ))}
    </div>
  )
}

/** A search is of one connection: what they share is looked for where most of them are. */
function Traits({ group, share }: { group: FailureGroup; share: FailureShare }) {
  const actions = useGroupActions(group.filter, share.places)
  return <GroupTraits group={group} onFind={(trait) => actions.find(bothFilters(group.filter, trait.filter))} />
}
