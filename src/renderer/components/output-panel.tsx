import { Search } from 'lucide-react'
import { useEffect, useEffectEvent, useState } from 'react'
import type { OutputLine } from '../../domain/job-record.ts'
import { errorSentence } from '../api/error-text.ts'
import { Input } from '../ui/input.tsx'
import { Notice } from '../ui/notice.tsx'
import { joinLines } from './output.model.ts'
import { OutputLines } from './output-lines.tsx'

/** How often new lines are asked for. */
const everyMs = 1_000
/** How long somebody who types a search has paused. */
const restMs = 250

interface Answer {
  lines: OutputLine[]
  dropped: number
}

interface OutputPanelProps {
  /** Whose output it is; another one begins anew. */
  id: string
  read(question: { id: string; search: string; after: number }, signal: AbortSignal): Promise<Answer>
  empty: string
}

interface Known {
  readonly lines: readonly OutputLine[]
  readonly dropped: number
  readonly read: boolean
}

const nothing: Known = { lines: [], dropped: 0, read: false }

/** What a pool or a command wrote, asked for again and again while it is shown, with a search that the engine does. */
export function OutputPanel({ id, read, empty }: OutputPanelProps) {
  const [typed, setTyped] = useState('')
  const [search, setSearch] = useState('')
  const [known, setKnown] = useState(nothing)
  const [problem, setProblem] = useState<string | null>(null)
  const ask = useEffectEvent(read)
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed), restMs)
    return () => clearTimeout(timer)
  }, [typed])
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    let after = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const next = async () => {
      try {
        const { lines, dropped } = await ask({ id, search, after }, signal)
        if (signal.aborted) return
        const first = after === 0
        after = lines.at(-1)?.seq ?? after
        setKnown((before) => ({ lines: joinLines(first ? [] : before.lines, lines), dropped, read: true }))
        setProblem(null)
      } catch (error) {
        if (signal.aborted) return
        setProblem(errorSentence(error))
      }
      timer = setTimeout(() => void next(), everyMs)
    }
    void next()
    return () => {
      controller.abort()
      clearTimeout(timer)
    }
  }, [id, search])
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      {problem !== null && (
        <Notice tone="warn" flush>
          {problem}
        </Notice>
      )}
      <OutputLines
        lines={known.lines}
        dropped={search === '' ? known.dropped : 0}
        whole={search === ''}
        search={search}
        empty={!known.read ? '' : search === '' ? empty : 'No line that is kept has that in it.'}
        tools={
          <div className="relative w-56 min-w-28 shrink">
            <Search size={13} className="pointer-events-none absolute top-[7px] left-2 text-faint" aria-hidden />
            <Input
              aria-label="Search the output"
              placeholder="Search the output"
              dir="auto"
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              className="pl-7"
            />
          </div>
        }
      />
    </div>
  )
}
