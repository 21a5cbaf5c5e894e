import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import type { RedactionRule } from '../../domain/redaction.ts'
import { orpc } from '../api/client.ts'
import { errorSentence } from '../api/error-text.ts'
import { classNames } from '../ui/class-names.ts'
import { formatCounted } from '../ui/format.ts'
import { TextArea } from '../ui/input.tsx'
import { Notice } from '../ui/notice.tsx'
import { RedisText } from '../ui/redis-text.tsx'
import { meantRules, ruleProblem } from './redaction-rules.model.ts'

/** The text after a person has stopped typing for a moment. */
function useSettled<T>(value: T, ms = 250): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}

/** As much of a payload as is tried; the rest is redacted by the same rules. */
const tried = 64 * 1024

/** What the rules make of one payload, before anything leaves. It can be changed, to try what else may come. */
export function RedactionTry({ rules, sample }: { rules: readonly RedactionRule[]; sample: string }) {
  const [text, setText] = useState(sample.slice(0, tried))
  const input = useMemo(
    () => ({ rules: meantRules(rules).filter((rule) => ruleProblem(rule) === null), payload: text }),
    [rules, text],
  )
  const settled = useSettled(input)
  const { data, error, isFetching } = useQuery(
    orpc.transfers.tryRedaction.queryOptions({ input: settled, placeholderData: keepPreviousData }),
  )
  const waiting = isFetching || settled !== input
  return (
    <div className="mt-3">
      <div className="grid grid-cols-2 gap-2">
        {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is the text area inside */}
        <label className="flex min-w-0 flex-col gap-1">
          <span className="text-sm font-medium text-muted">A payload, to try</span>
          <TextArea
            mono
            dir="ltr"
            maxLength={tried}
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="h-36 resize-none!"
          />
        </label>
        <div className="flex min-w-0 flex-col gap-1">
          <span className="flex items-baseline justify-between gap-2 text-sm font-medium text-muted">
            What leaves
            <span role="status" className="text-xs font-normal text-faint">
              {data === undefined ? '' : `${formatCounted(data.replaced, 'value')} replaced`}
            </span>
          </span>
          <div
            data-selectable=""
            className={classNames(
              'h-36 overflow-auto rounded-md border border-line bg-sunken px-2 py-1 transition-opacity',
              waiting && 'opacity-60',
            )}
          >
            {data !== undefined && <RedisText text={data.payload} mono lines selectable className="wrap-anywhere" />}
          </div>
        </div>
      </div>
      {sample.length > tried && (
        <p className="mt-1 text-xs text-faint">The first 64 KiB of this payload are tried here.</p>
      )}
      {error !== null && <Notice tone="bad">{errorSentence(error)}</Notice>}
      {data !== undefined && data.problems.length > 0 && (
        <div className="mt-2">
          <Notice tone="warn">
            {data.problems.map((problem) => (
              <RedisText key={problem} text={problem} className="block" />
            ))}
          </Notice>
        </div>
      )}
    </div>
  )
}
