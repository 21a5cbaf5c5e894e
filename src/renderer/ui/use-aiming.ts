import { useEffect, useRef, useState } from 'react'

/** A pointer that rests for longer was left there, ms. */
const restMs = 2000

/** Whether a pointer moves over the element that has the handlers: what stands there should not change places just now. */
export function useAiming(): [aiming: boolean, handlers: { onPointerMove(): void; onPointerLeave(): void }] {
  const [aiming, setAiming] = useState(false)
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(rest.current), [])
  const aim = (now: boolean) => {
    clearTimeout(rest.current)
    setAiming(now)
    if (now) rest.current = setTimeout(() => setAiming(false), restMs)
  }
  return [aiming, { onPointerMove: () => aim(true), onPointerLeave: () => aim(false) }]
}
