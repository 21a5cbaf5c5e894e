import type { QueueRef } from '../../../../domain/queue.ts'
import type { Writer } from '../../../handles.ts'
import type { Frozen, Run, StepOutcome, TrashSlot } from '../../../system.ts'
import { isState } from '../layout.ts'
import { readsOf } from '../reading.ts'
import { parseRef } from '../refs.ts'
import type { Library } from './library.ts'

/** Jobs of a view that are looked for and acted on at a time. */
const viewPage = 200

/**
 * Acts on all jobs of a view, page after page, and at most on as many as were frozen; what was refused is passed over.
 * A view has no moment, but those that were done have left it: called again, it goes on with the others, and the entry of
 * the trash knows how many were done in all.
 */
export async function overView(
  { layout }: Library,
  writer: Writer,
  queue: QueueRef,
  state: string,
  { count }: Frozen,
  trash: TrashSlot,
  run: Run,
  act: (refs: string[]) => Promise<StepOutcome>,
): Promise<StepOutcome> {
  const refused: StepOutcome['refused'] = []
  const seen = new Set<string>()
  const doneSoFar = async () => Number((await writer.call('HGET', trash.key, 'done')) ?? 0)
  let done = await doneSoFar()
  let missing = 0
  for (;;) {
    const open = count - done - missing - refused.length
    const most = open <= 0 || run.signal.aborted ? 0 : await run.next(Math.min(viewPage, open))
    if (most === 0) {
      return { done, missing: missing, refused, ...(open > 0 && { left: open }) }
    }
    const { jobs } = isState(layout, state)
      ? await readsOf(layout).page(writer, queue, state, { offset: refused.length, limit: most })
      : { jobs: [] }
    const refs = jobs.map(({ ref }) => ref).filter((ref) => !seen.has(ref) && parseRef(layout, ref) !== null)
    if (refs.length === 0) return { done, missing: missing + open, refused }
    for (const ref of refs) seen.add(ref)
    const step = await act(refs)
    missing += step.missing
    refused.push(...step.refused)
    done = await doneSoFar()
    run.progress(done + missing + refused.length, count)
  }
}
