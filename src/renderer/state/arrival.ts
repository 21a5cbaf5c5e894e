import { create } from 'zustand'
import type { Link } from '../../domain/link.ts'

/** A link that leads to a connection which is not open: it waits until a person opens that, or turns away. */
export const useArrival = create<{ link: Link | null }>(() => ({ link: null }))

export function setArrival(link: Link | null): void {
  useArrival.setState({ link })
}
