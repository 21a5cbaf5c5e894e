import { isNumber, isWhole, toMs } from '../../components/whole-number.model.ts'
import { formatDuration } from '../../ui/format.ts'
import { delaysOf } from './delays.model.ts'
import { type PoolForm, partsOf } from './start-pool.model.ts'

/** What becomes of a list of delays whose length is not that of the retries. */
export function givenWords({ givenDelays, maxAttempts }: PoolForm): string {
  const delays = delaysOf(givenDelays)?.length ?? 0
  const retries = Number(maxAttempts) - 1
  if (delays > retries && isWhole(maxAttempts, 1, 50)) {
    const used = retries === 0 ? 'none of them' : retries === 1 ? 'only the first' : `only the first ${retries}`
    return `seconds; ${maxAttempts === '1' ? '1 attempt uses' : `${maxAttempts} attempts use`} ${used}`
  }
  return 'seconds, one for each retry; further retries wait the last'
}

/** The folded part of the form in words: what holds unless somebody unfolds it. */
export function advancedWords(form: PoolForm): string {
  const parts = partsOf(form)
  const words = [
    parts.retries ? backoffWords(form) : null,
    parts.list && form.priorities !== 'off' ? `${form.priorities} priorities` : null,
    parts.list && form.rate.trim() !== '' ? `at most ${form.rate.trim()} a second` : null,
    parts.library ? `locks of ${form.lockSeconds.trim()} s, looked after every ${form.stalledSeconds.trim()} s` : null,
    parts.library && form.limiterMax.trim() !== ''
      ? `at most ${form.limiterMax.trim()} in ${form.limiterSeconds.trim()} s`
      : null,
  ]
  return words.filter((word) => word !== null).join(' · ')
}

function backoffWords(form: PoolForm): string {
  if (form.backoff === 'given') {
    const delays = delaysOf(form.givenDelays)
    return delays === null ? 'retries after given delays' : `retries after ${delays.map(words).join(', ')}`
  }
  const span = (seconds: string) => (isNumber(seconds, 0, 86_400) ? words(toMs(seconds)) : '?')
  return `retries after ${span(form.firstDelay)}, doubling up to ${span(form.longestDelay)}`
}

const words = (ms: number) => formatDuration(ms).replace('.0 s', ' s')
