import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Plan, PlanQuestion } from '../../../domain/operation.ts'
import { client } from '../../api/client.ts'
import { meantRules } from '../redaction-rules.model.ts'
import { openPoint } from './plan-words.model.ts'

/** How long the hand must rest before a question that is being written is asked. */
const restMs = 400

export interface Planning {
  /** The plan of the question as it stands; of the one before while that is being made, or cannot be. */
  readonly plan: Plan | undefined
  /** The plan is not that of the question as it stands, or will be another one in a moment. */
  readonly stale: boolean
  readonly busy: boolean
  readonly error: unknown
  again(): void
}

/**
 * The plan of a question, made anew when that changes; the one before stays in sight until then. `serial` is that of the
 * dialog: two dialogs never share a plan, for what is frozen in it differs. A plan is asked for once: making one costs,
 * and each freezes another moment.
 */
export function usePlanning(serial: number, question: PlanQuestion): Planning {
  // Numbered, so that ten thousand refs need not be compared at every key that is pressed.
  const [settled, setSettled] = useState({ round: 0, question })
  const behind = settled.question !== question
  useEffect(() => {
    if (!behind) return
    const timer = setTimeout(() => setSettled(({ round }) => ({ round: round + 1, question })), restMs)
    return () => clearTimeout(timer)
  }, [question, behind])
  const { round, question: asked } = settled
  const open = openPoint(asked) !== null
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['plan', serial, round],
    queryFn: ({ signal }) => client.operations.plan({ ...asked, redaction: meantRules(asked.redaction) }, { signal }),
    enabled: !open,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnMount: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
  const [last, setLast] = useState<Plan>()
  if (data !== undefined && data !== last) setLast(data)
  return {
    plan: data ?? last,
    stale: data === undefined || behind || open || isFetching,
    busy: isFetching,
    error: open || behind || isFetching ? null : error,
    again: () => void refetch(),
  }
}
