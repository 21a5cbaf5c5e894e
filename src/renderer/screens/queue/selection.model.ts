/** As many jobs as one action may name. */
export const mostSelected = 10_000

/**
 * The jobs that were chosen: single ones by their ref, or (`all`) whatever the state holds. `anchor` is the row from
 * which Shift stretches.
 */
export interface Selection {
  readonly all: boolean
  readonly refs: ReadonlySet<string>
  readonly anchor: number | null
  /** Rows of the last stretch that were not loaded, or too many, and so are not in it. */
  readonly left: number
}

export const nothingSelected: Selection = { all: false, refs: new Set(), anchor: null, left: 0 }

export function isEmpty({ all, refs }: Selection): boolean {
  return !all && refs.size === 0
}

export function isSelected({ all, refs }: Selection, ref: string): boolean {
  return all || refs.has(ref)
}

/** One row in or out. Taking one out of all is not possible without knowing all: the selection begins anew. */
export function toggleRow({ all, refs }: Selection, ref: string, index: number): Selection {
  const after = all ? new Set<string>() : new Set(refs)
  if (!after.delete(ref) && after.size < mostSelected) after.add(ref)
  return { all: false, refs: after, anchor: index, left: 0 }
}

/** All rows from the anchor to this one, added to what is selected. */
export function stretchTo(
  selection: Selection,
  index: number,
  refAt: (index: number) => string | undefined,
): Selection {
  const anchor = selection.anchor ?? index
  const refs = selection.all ? new Set<string>() : new Set(selection.refs)
  let left = 0
  for (let at = Math.min(anchor, index); at <= Math.max(anchor, index); at++) {
    const ref = refAt(at)
    if (ref === undefined || (refs.size >= mostSelected && !refs.has(ref))) left++
    else refs.add(ref)
  }
  return { all: false, refs, anchor, left }
}

/** All loaded rows; asked for again when they are selected already, all jobs of the state. */
export function selectMore({ refs, anchor }: Selection, loaded: readonly string[], total: number): Selection {
  const some = loaded.slice(0, mostSelected)
  const already = some.length > 0 && some.every((ref) => refs.has(ref))
  if (already && total > some.length) return { all: true, refs: new Set(), anchor, left: 0 }
  return { all: false, refs: new Set([...refs, ...some].slice(0, mostSelected)), anchor, left: 0 }
}
