import type { LiveEvent } from '../../../domain/live.ts'

/** Events that are kept and drawn. */
const most = 300

/** New events, oldest first, before those that are there, newest first. */
export function addEvents(shown: readonly LiveEvent[], added: readonly LiveEvent[]): readonly LiveEvent[] {
  return added.length === 0 ? shown : [...added.toReversed(), ...shown].slice(0, most)
}

/** The events that hold all words of a filter. */
export function matching(events: readonly LiveEvent[], filter: string): readonly LiveEvent[] {
  const words = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return events
  return events.filter(({ event, jobId, detail }) => {
    const text = `${event}\n${jobId ?? ''}\n${detail ?? ''}`.toLocaleLowerCase()
    return words.every((word) => text.includes(word))
  })
}

export function toneOf(event: string): 'bad' | 'good' | 'warn' | 'neutral' {
  if (event === 'failed' || event === 'retries-exhausted') return 'bad'
  if (event === 'stalled' || event === 'paused') return 'warn'
  return event === 'completed' ? 'good' : 'neutral'
}
