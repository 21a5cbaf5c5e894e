export type Attention = 'watching' | 'idle' | 'hidden'

/** Nobody touched anything for this long: the window is only there. */
export const idleAfterMs = 60_000
/** The engine is told again this often at most, while the window is used. */
export const tellEveryMs = 20_000

export interface Look {
  readonly visible: boolean
  readonly focused: boolean
  /** Epoch ms of the last key, click or move. */
  readonly usedAt: number
}

/** How a window is looked at. */
export function attentionOf({ visible, focused, usedAt }: Look, now: number): Attention {
  if (!visible) return 'hidden'
  return focused && now - usedAt < idleAfterMs ? 'watching' : 'idle'
}

/** Whether the engine has to hear of it: a change at once, the same again before it forgets. */
export function worthTelling(
  attention: Attention,
  told: { attention: Attention; at: number } | null,
  now: number,
): boolean {
  return told === null || told.attention !== attention || now - told.at >= tellEveryMs
}
