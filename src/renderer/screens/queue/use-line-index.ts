import { useEffect, useMemo, useState } from 'react'
import { indexLines, type Layout, LineIndex } from './line-index.model.ts'

/** Texts up to this length are laid out at once; longer ones a few ms at a time. */
const atOnce = 300_000
const sliceMs = 8
/** The rows on the screen grow at most this often. */
const showMs = 120

/** The rows of a text, growing while a long one is being read. `done` is false until all rows are there. */
export function useLineIndex(
  text: string,
  layout: Layout,
  columns: number,
): { index: LineIndex; count: number; done: boolean } {
  const work = useMemo(() => {
    const index = new LineIndex()
    const steps = indexLines(text, layout, columns, index)
    if (text.length <= atOnce) while (steps.next().done !== true);
    return { index, steps }
  }, [text, layout, columns])
  const [progress, setProgress] = useState<{ work: typeof work; count: number; done: boolean } | null>(null)

  useEffect(() => {
    if (text.length <= atOnce) return
    let timer: ReturnType<typeof setTimeout>
    let shownAt = 0
    const slice = () => {
      const begun = performance.now()
      let done = false
      while (!done && performance.now() - begun < sliceMs) done = work.steps.next().done === true
      if (done || begun - shownAt > showMs) {
        shownAt = begun
        setProgress({ work, count: work.index.count, done })
      }
      if (!done) timer = setTimeout(slice)
    }
    slice()
    return () => clearTimeout(timer)
  }, [work, text.length])

  if (text.length <= atOnce) return { index: work.index, count: work.index.count, done: true }
  const current = progress?.work === work ? progress : { count: 0, done: false }
  return { index: work.index, count: current.count, done: current.done }
}
