import { create } from 'zustand'
import type { Goal } from './place-order.model.ts'

/** The profile that is being dragged, and where it would go. */
export const useDrag = create<{ id: string | null; goal: Goal | null }>(() => ({ id: null, goal: null }))

export function startDrag(id: string): void {
  useDrag.setState({ id, goal: null })
}

export function dragOver(goal: Goal): void {
  const { goal: before } = useDrag.getState()
  if (before?.folder !== goal.folder || before.before !== goal.before) useDrag.setState({ goal })
}

export function endDrag(): void {
  useDrag.setState({ id: null, goal: null })
}
