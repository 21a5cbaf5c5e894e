import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

export interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

const smallest = { width: 960, height: 600 }
const usual = { width: 1360, height: 860 }

const stateSchema = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(1).max(100_000),
  height: z.number().int().min(1).max(100_000),
  maximized: z.boolean(),
})
export type WindowState = z.infer<typeof stateSchema>

/** The smallest window in which every screen still works, in px. */
export const smallestWindow: Readonly<typeof smallest> = smallest

/** Where the window was when it was closed; null on the first start and when the file is damaged. */
export function readWindowState(file: string): WindowState | null {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

/** Keeps where the window is. A disk that refuses costs nothing but the place. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.new`, JSON.stringify(state))
    renameSync(`${file}.new`, file)
  } catch {
    // the window opens at its usual place next time
  }
}

/**
 * Bounds for the new window. A saved place counts only when at least 100 by 50 px of it lie in the work area of a
 * display that is there now: a laptop unplugged from its monitor must not open its window where nobody sees it.
 */
export function placeWindow(saved: WindowState | null, workAreas: readonly Rectangle[]): Partial<Rectangle> {
  if (saved === null) return { ...usual }
  const size = { width: Math.max(saved.width, smallest.width), height: Math.max(saved.height, smallest.height) }
  const visible = workAreas.some((area) => {
    const wide = Math.min(saved.x + size.width, area.x + area.width) - Math.max(saved.x, area.x)
    const high = Math.min(saved.y + size.height, area.y + area.height) - Math.max(saved.y, area.y)
    return wide >= 100 && high >= 50
  })
  return visible ? { x: saved.x, y: saved.y, ...size } : { ...usual }
}
