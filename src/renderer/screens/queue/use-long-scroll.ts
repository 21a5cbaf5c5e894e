import { type RefCallback, useCallback, useLayoutEffect, useRef, useState } from 'react'
import { afterScroll, type Place, placeAt, rowsAround, scaleOf, topToShow } from './scroll-map.model.ts'

/** After this long without movement the scrollbar is set to where it truly is. */
const settleMs = 160

interface LongScrollOptions {
  readonly count: number
  readonly rowHeight: number
  /** Height above the rows that scrolls with them or sticks. */
  readonly headerHeight?: number
  /** Rows drawn beyond what is seen. */
  readonly more?: number
}

export interface LongScroll {
  readonly scroller: RefCallback<HTMLElement>
  /** Height of the box that holds the rows. */
  readonly height: number
  readonly first: number
  readonly last: number
  readonly firstSeen: number
  readonly lastSeen: number
  /** Where a row stands in that box. */
  y(index: number): number
  show(index: number, centre?: boolean): void
  /** Rows that fit into the view. */
  readonly perView: number
  /** Never more rows than this are drawn at once. */
  readonly mostDrawn: number
}

/** Which rows of any number of equally tall ones are in sight, and where they stand. See scroll-map.model.ts. */
export function useLongScroll({ count, rowHeight, headerHeight = 0, more = 8 }: LongScrollOptions): LongScroll {
  const [view, setView] = useState(0)
  const [place, setPlace] = useState<Place>({ scrollTop: 0, top: 0 })
  const live = useRef<Place>(place)
  const element = useRef<HTMLElement | null>(null)
  const settle = useRef<ReturnType<typeof setTimeout>>(undefined)
  const scale = scaleOf(count, rowHeight, view)
  const latest = useRef({ scale, rowHeight })
  latest.current = { scale, rowHeight }

  const moveBar = useRef(false)

  const put = useCallback((next: Place, withBar: boolean) => {
    const before = live.current
    live.current = next
    if (withBar) moveBar.current = true
    const { scale: now, rowHeight: height } = latest.current
    const drawn = ({ top, scrollTop }: Place) => {
      const { firstSeen, lastSeen } = rowsAround(now, top, height, 0)
      return `${firstSeen} ${lastSeen} ${Math.round(scrollTop - top)}`
    }
    // Movements within a row are the browser's own business.
    if (withBar || drawn(before) !== drawn(next)) setPlace(next)
  }, [])

  // In the same frame as the rows, which stand where the bar will be.
  useLayoutEffect(() => {
    if (!moveBar.current || element.current === null) return
    moveBar.current = false
    element.current.scrollTop = place.scrollTop
  }, [place])

  const scroller = useCallback(
    (node: HTMLElement | null) => {
      element.current = node
      if (node === null) return
      const measure = () => setView(Math.max(0, node.clientHeight - headerHeight))
      const observer = new ResizeObserver(measure)
      observer.observe(node)
      measure()
      const onScroll = () => {
        // What we set ourselves comes back rounded to device pixels.
        if (Math.abs(node.scrollTop - live.current.scrollTop) < 1) return
        put(afterScroll(latest.current.scale, live.current, node.scrollTop), false)
        clearTimeout(settle.current)
        settle.current = setTimeout(() => {
          const { scale: now } = latest.current
          if (now.virtual !== now.real) put(placeAt(now, live.current.top), true)
        }, settleMs)
      }
      node.addEventListener('scroll', onScroll, { passive: true })
      return () => {
        node.removeEventListener('scroll', onScroll)
        observer.disconnect()
        clearTimeout(settle.current)
        element.current = null
      }
    },
    [headerHeight, put],
  )

  // A list that became shorter must not leave the view beyond its end.
  useLayoutEffect(() => {
    const most = Math.max(0, scale.virtual - scale.view)
    if (live.current.top > most) put(placeAt(scale, most), true)
  })

  const show = useCallback(
    (index: number, centre = false) => {
      const { scale: now, rowHeight: height } = latest.current
      const top = topToShow(now, live.current.top, index, height, centre)
      if (top !== live.current.top) put(placeAt(now, top), true)
    },
    [put],
  )
  const shift = place.scrollTop - place.top
  return {
    scroller,
    height: scale.real,
    ...rowsAround(scale, place.top, rowHeight, more),
    y: (index) => index * rowHeight + shift,
    show,
    perView: Math.max(1, Math.floor(view / rowHeight)),
    mostDrawn: Math.ceil(view / rowHeight) + 1 + 2 * more,
  }
}
