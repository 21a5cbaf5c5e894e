/** Something that the palette can do: what is shown, and the words it is found by. */
export interface PaletteItem {
  readonly id: string
  readonly group: string
  readonly title: string
  /** Beside the title: where it is. */
  readonly detail?: string
  readonly keywords?: string
  readonly keys?: string
  run(): void
}

const most = 60

/**
 * The items that match all words typed, the best first: a title that begins with the text, then a word that begins with
 * it, then anything that holds it. Without text: everything but queues, in the order given.
 */
export function searchPalette(items: readonly PaletteItem[], text: string): PaletteItem[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return items.slice(0, most)
  const found: { item: PaletteItem; score: number; place: number }[] = []
  for (const [place, item] of items.entries()) {
    const title = item.title.toLocaleLowerCase()
    const all = `${title} ${item.detail ?? ''} ${item.keywords ?? ''}`.toLocaleLowerCase()
    let score = 0
    for (const word of words) {
      const inTitle = title.indexOf(word)
      if (inTitle === 0) score += 3
      else if (inTitle > 0) score += /[\p{L}\p{N}]/u.test(title[inTitle - 1] ?? '') ? 1 : 2
      else if (!all.includes(word)) {
        score = -1
        break
      }
    }
    if (score >= 0) found.push({ item, score, place })
  }
  found.sort((one, other) => other.score - one.score || one.place - other.place)
  return found.slice(0, most).map(({ item }) => item)
}

/** Items under their headings, each heading where its best item stands. */
export function groupPalette(items: readonly PaletteItem[]): { value: string; items: PaletteItem[] }[] {
  const groups = new Map<string, PaletteItem[]>()
  for (const item of items) groups.set(item.group, [...(groups.get(item.group) ?? []), item])
  return [...groups].map(([value, members]) => ({ value, items: members }))
}
