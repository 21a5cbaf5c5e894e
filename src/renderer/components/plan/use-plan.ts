import { create } from 'zustand'
import type { PlanQuestion } from '../../../domain/operation.ts'

interface OpenPlan {
  /** Tells one opening from the next. */
  readonly serial: number
  readonly question: PlanQuestion
  /** Called when the plan was begun, not when it ended. */
  readonly onStarted: (() => void) | null
}

/** The question whose plan is looked at now; null while none is. One at a time: the dialog hangs on the shell. */
export const useOpenPlan = create<{ open: OpenPlan | null }>(() => ({ open: null }))

let serial = 0

const ask = (question: PlanQuestion, onStarted: (() => void) | null = null) =>
  useOpenPlan.setState({ open: { serial: ++serial, question, onStarted } })

export function closePlan(): void {
  useOpenPlan.setState({ open: null })
}

/**
 * Shows what an action over many jobs would do, and offers to do it. Every such action of every screen goes through here.
 * What the question leaves null though the action needs it (the change of an edit, the queue of a move, the connection
 * and queue of a copy, the time of a new time) is asked for in the dialog. `onStarted` is for a screen that has to let go
 * of its selection.
 */
export function usePlan(): (question: PlanQuestion, onStarted?: () => void) => void {
  return ask
}
