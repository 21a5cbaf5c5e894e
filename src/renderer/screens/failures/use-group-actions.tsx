import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { type BulkAction, planQuestionSchema } from '../../../domain/operation.ts'
import { queueKey } from '../../../domain/queue.ts'
import type { SearchQuestion } from '../../../domain/search.ts'
import { orpc } from '../../api/client.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { whyNotThere } from '../../components/place-guard.model.ts'
import { usePlan } from '../../components/plan/use-plan.ts'
import { useConnection } from '../../state/connections.ts'
import { usePreferences } from '../../state/preferences.ts'
import { startSearch } from '../../state/searches.ts'
import { type FailurePlace, knownJobs, questionOf } from './failures.model.ts'
import { PlanGroupDialog } from './plan-group-dialog.tsx'

export interface GroupActions {
  readonly reasons: Readonly<Record<'retry' | 'edit' | 'remove', string | null>>
  plan(action: BulkAction): void
  /** Looks for them, and for `more` among them, on the screen that finds jobs. */
  find(filter?: string): void
  /** To be drawn: the dialog that finds the jobs before a plan. */
  readonly dialog: ReactNode
}

/** What can be done with the jobs of a group in places of one connection. */
export function useGroupActions(filter: string, places: readonly FailurePlace[]): GroupActions {
  const connectionId = places[0]?.connectionId ?? ''
  const connection = useConnection(connectionId)
  const { data: systems } = useQuery(orpc.app.systems.queryOptions({ staleTime: Number.POSITIVE_INFINITY }))
  const budget = usePreferences((state) => state.budget)
  const openPlan = usePlan()
  const [finding, setFinding] = useState<{ action: BulkAction; question: SearchQuestion } | null>(null)
  const reason = (action: 'retry' | 'edit' | 'remove') => whyNotThere(connection, systems, places, action)
  return {
    reasons: { retry: reason('retry'), edit: reason('edit'), remove: reason('remove') },
    plan: (action) => {
      const selection = knownJobs(places)
      if (selection !== null) openPlan(planQuestionSchema.parse({ connectionId, action, selection }))
      else setFinding({ action, question: questionOf(filter, places, systems, budget) })
    },
    find: (wanted = filter) => {
      const question = questionOf(wanted, places, systems, budget)
      startSearch(connectionId, question)
      navigate(
        routes.search(connectionId, {
          q: wanted,
          ...(question.queue !== null && { queue: queueKey(question.queue) }),
          ...(question.state !== null && { state: question.state }),
          ...(question.kinds[0] !== undefined && question.queue === null && { kind: question.kinds[0] }),
        }),
      )
    },
    dialog: finding !== null && (
      <PlanGroupDialog
        action={finding.action}
        question={finding.question}
        expected={places.reduce((sum, { count }) => sum + count, 0)}
        onClose={() => setFinding(null)}
      />
    ),
  }
}
