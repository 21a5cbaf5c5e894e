/**
 * Scrolling through more rows than a page can be tall. Browsers cap the height of an element (2^25 px in Chromium, less
 * elsewhere) and draw with 32-bit floats, which are exact to half a pixel up to 8 million. Above that the scrollbar
 * stands for the whole list, but small movements still move it pixel by pixel.
 */
export const tallest = 8_000_000

/** `virtual` is the height that all rows would have, `real` the height that is built, `view` that of the window on it. */
export interface Scale {
  readonly virtual: number
  readonly real: number
  readonly view: number
}

/** Where the scrollbar is, and what virtual pixel is at the top of the view. */
export interface Place {
  readonly scrollTop: number
  readonly top: number
}

export function scaleOf(count: number, rowHeight: number, view: number): Scale {
  const virtual = count * rowHeight
  return { virtual, real: Math.min(virtual, tallest), view }
}

const clamp = (value: number, most: number) => Math.min(Math.max(0, value), Math.max(0, most))

/** The place whose scrollbar says truly where `top` is in the list. */
export function placeAt({ virtual, real, view }: Scale, top: number): Place {
  const wanted = clamp(top, virtual - view)
  if (virtual === real) return { scrollTop: wanted, top: wanted }
  return { scrollTop: (wanted / (virtual - view)) * (real - view), top: wanted }
}

/**
 * The place after the scrollbar moved. Up to two views are a movement of the hand: the list moves as far. More is a jump:
 * the list goes where the scrollbar points. Either end of the scrollbar is that end of the list.
 */
export function afterScroll(scale: Scale, before: Place, scrollTop: number): Place {
  const { virtual, real, view } = scale
  const room = real - view
  if (virtual === real || room <= 0) return { scrollTop, top: clamp(scrollTop, virtual - view) }
  if (scrollTop <= 0) return { scrollTop, top: 0 }
  if (scrollTop >= room - 1) return { scrollTop, top: virtual - view }
  const moved = scrollTop - before.scrollTop
  if (Math.abs(moved) <= 2 * view) return { scrollTop, top: clamp(before.top + moved, virtual - view) }
  return { scrollTop, top: (scrollTop / room) * (virtual - view) }
}

/** First and last row to draw, with some on either side; last is -1 when there are none. */
export function rowsAround(
  scale: Scale,
  top: number,
  rowHeight: number,
  more: number,
): { first: number; last: number; firstSeen: number; lastSeen: number } {
  const count = Math.round(scale.virtual / rowHeight)
  const firstSeen = Math.min(Math.max(0, Math.floor(top / rowHeight)), Math.max(0, count - 1))
  const lastSeen = Math.min(count - 1, Math.ceil((top + scale.view) / rowHeight) - 1)
  return { first: Math.max(0, firstSeen - more), last: Math.min(count - 1, lastSeen + more), firstSeen, lastSeen }
}

/** The virtual pixel that must be at the top for a row to be seen: the nearest one, or with `centre` in the middle. */
export function topToShow({ view }: Scale, top: number, index: number, rowHeight: number, centre: boolean): number {
  const start = index * rowHeight
  if (centre) return start - (view - rowHeight) / 2
  if (start < top) return start
  return start + rowHeight > top + view ? start + rowHeight - view : top
}
