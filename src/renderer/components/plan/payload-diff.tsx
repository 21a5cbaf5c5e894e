import { useMemo } from 'react'
import type { StoredText } from '../../../domain/job.ts'
import { isJson, prettyJson } from '../../../domain/json-text.ts'
import { classNames } from '../../ui/class-names.ts'
import { formatBytes, formatCounted } from '../../ui/format.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { type DiffLine, diffLines } from './text-diff.model.ts'

/** As many lines of one payload as are drawn. */
const mostLines = 400

const box = 'max-h-72 overflow-auto rounded-md border border-line bg-sunken py-1 font-mono text-sm leading-5'

interface PayloadDiffProps {
  before: StoredText
  after: StoredText
}

/** What changes in a payload, line by line. Indented for reading; every value exactly as stored. */
export function PayloadDiff({ before, after }: PayloadDiffProps) {
  const lines = useMemo(() => diffLines(readable(before), readable(after)), [before, after])
  if (lines.every(({ type }) => type === 'same' || type === 'skipped')) {
    return <p className="text-sm text-muted">Nothing changes in this payload.</p>
  }
  return (
    <>
      <section className={box} aria-label="Before and after">
        {lines.slice(0, mostLines).map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
          <Line key={index} line={line} />
        ))}
      </section>
      <Cut shown={Math.min(lines.length, mostLines)} of={lines.length} texts={[before, after]} />
    </>
  )
}

/** A payload of a sample, as far as it came. */
export function PayloadText({ stored }: { stored: StoredText }) {
  const lines = useMemo(() => readable(stored).split('\n'), [stored])
  return (
    <>
      <div className={classNames(box, 'px-2')} data-selectable="">
        <RedisText text={lines.slice(0, mostLines).join('\n')} lines className="wrap-anywhere" />
      </div>
      <Cut shown={Math.min(lines.length, mostLines)} of={lines.length} texts={[stored]} />
    </>
  )
}

function readable({ text, encoding }: StoredText): string {
  if (encoding === 'base64') return text.replace(/.{76}/g, '$&\n')
  return isJson(text) || /^\s*[{[]/.test(text) ? prettyJson(text) : text
}

function Line({ line }: { line: DiffLine }) {
  if (line.type === 'skipped') {
    return <div className="bg-hover px-2 text-faint">{formatCounted(line.lines, 'line')} the same</div>
  }
  const mark = 'mark' in line ? line.mark : null
  const sign = { same: ' ', gone: '−', new: '+' }[line.type]
  const loud = line.type === 'gone' ? 'bg-bad/25' : 'bg-good/25'
  return (
    <div
      className={classNames('flex', line.type === 'gone' && 'bg-bad/10', line.type === 'new' && 'bg-good/10')}
      data-diff={line.type}
    >
      <span className="w-6 shrink-0 text-center text-faint select-none" aria-hidden>
        {sign}
      </span>
      {line.type !== 'same' && <span className="sr-only">{line.type === 'gone' ? 'Before: ' : 'After: '}</span>}
      <span className="min-w-0 pr-2 whitespace-pre-wrap wrap-anywhere" data-selectable="">
        {mark === null ? (
          <RedisText text={line.text} lines />
        ) : (
          <>
            <Piece text={line.text.slice(0, mark[0])} />
            <span className={classNames('rounded-xs', loud)}>
              <Piece text={line.text.slice(...mark)} />
            </span>
            <Piece text={line.text.slice(mark[1])} />
          </>
        )}
      </span>
    </div>
  )
}

/** A stretch of a line; an empty one is nothing, not an empty text. */
function Piece({ text }: { text: string }) {
  return text === '' ? null : <RedisText text={text} lines />
}

function Cut({ shown, of, texts }: { shown: number; of: number; texts: readonly StoredText[] }) {
  const cut = texts.find(({ truncated }) => truncated)
  if (shown === of && cut === undefined) return null
  return (
    <p className="mt-1 text-sm text-faint">
      {shown < of && `The first ${shown} lines of ${of}. `}
      {cut !== undefined && `Only the beginning of ${formatBytes(cut.bytes)} is shown.`}
    </p>
  )
}
