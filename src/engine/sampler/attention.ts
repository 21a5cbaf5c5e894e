/** How a window is looked at: it is used, it is only there, or nobody can see it. */
export type WindowAttention = 'watching' | 'idle' | 'hidden'

/** For so long `watching` is believed without being said again; a glance counts as long. */
const goodForMs = 90_000

/** Knows whether anybody looks, over all windows. */
export class Attention {
  readonly #windows = new Map<string, { attention: WindowAttention; at: number }>()
  #glancedAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  /** @param onChange called when it may have changed: something was said, or is no longer believed */
  constructor(private readonly onChange: () => void) {}

  tell(window: string, attention: WindowAttention): void {
    this.#windows.delete(window) // the one heard last stands last
    this.#windows.set(window, { attention, at: performance.now() })
    this.#changed()
  }

  glance(): void {
    this.#glancedAt = performance.now()
    this.#changed()
  }

  /**
   * What all of them together come to, with so many readers of the numbers. A window that says nothing (a program, say)
   * counts as watched.
   */
  of(readers: number): 'watched' | 'idle' | 'stopped' {
    const now = performance.now()
    const fresh = (at: number) => now - at < goodForMs
    // A window that was closed says no goodbye: it is one of those that were heard least recently.
    for (const [window, { at }] of this.#windows) {
      if (this.#windows.size > readers && !fresh(at)) this.#windows.delete(window)
    }
    if (readers === 0) return fresh(this.#glancedAt) ? 'idle' : 'stopped'
    const windows = [...this.#windows.values()]
    if (readers > windows.length || windows.some(({ attention, at }) => attention === 'watching' && fresh(at))) {
      return 'watched'
    }
    return windows.some(({ attention }) => attention !== 'hidden') || fresh(this.#glancedAt) ? 'idle' : 'stopped'
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #changed(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.onChange(), goodForMs)
    this.#timer.unref()
    this.onChange()
  }
}
