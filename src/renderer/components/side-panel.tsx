import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react'
import { create } from 'zustand'
import { persist } from 'zustand/middleware'

const narrowest = 340
const widest = 1100
/** Room that the list beside it keeps. */
const leftOver = 240

const useWidth = create<{ width: number }>()(persist(() => ({ width: 480 }), { name: 'sluice.side-panel', version: 1 }))

function setWidth(width: number): void {
  useWidth.setState({ width: Math.round(Math.min(widest, Math.max(narrowest, width)) / 4) * 4 })
}

/**
 * Details at the right of a list. Its width is the person's own, by dragging its edge or with the arrow keys on it, and
 * is kept; it never takes so much that the list is gone.
 */
export function SidePanel({ label, children }: { label: string; children: ReactNode }) {
  const width = useWidth((state) => state.width)
  const panel = useRef<HTMLElement>(null)
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.preventDefault()
    const edge = event.currentTarget
    const right = panel.current?.getBoundingClientRect().right ?? 0
    edge.setPointerCapture(event.pointerId)
    const drag = (move: globalThis.PointerEvent) => setWidth(right - move.clientX)
    const drop = () => {
      edge.removeEventListener('pointermove', drag)
      edge.removeEventListener('pointerup', drop)
      edge.removeEventListener('pointercancel', drop)
    }
    edge.addEventListener('pointermove', drag)
    edge.addEventListener('pointerup', drop)
    edge.addEventListener('pointercancel', drop)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? 20 : event.key === 'ArrowRight' ? -20 : 0
    if (step === 0) return
    event.preventDefault()
    setWidth(width + step)
  }
  return (
    <aside
      ref={panel}
      aria-label={label}
      className="relative flex min-h-0 shrink-0 flex-col border-l border-line bg-canvas"
      style={{ width, maxWidth: `calc(100% - ${leftOver}px)` }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: <hr> cannot be a handle */}
      <div
        role="separator"
        tabIndex={0}
        aria-orientation="vertical"
        aria-label="Width of the panel"
        aria-valuenow={width}
        aria-valuemin={narrowest}
        aria-valuemax={widest}
        onPointerDown={onPointerDown}
        onKeyDown={onKeyDown}
        onDoubleClick={() => setWidth(480)}
        className="absolute inset-y-0 -left-1 z-30 w-2 cursor-col-resize! after:absolute after:inset-y-0 after:left-[3px] after:w-0.5 hover:after:bg-accent/60 active:after:bg-accent"
      />
      {children}
    </aside>
  )
}
