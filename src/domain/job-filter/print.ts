import type { JobFilter, PathStep } from './parse.ts'

/** A filter as `parseFilter` reads it: names and values that it would take for something else stand in quotes. */
export function filterText(filter: JobFilter): string {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.of.map((one) => (isList(one) ? `(${filterText(one)})` : filterText(one))).join(joint[filter.kind])
    case 'not':
      return isList(filter.of) ? `not (${filterText(filter.of)})` : `not ${filterText(filter.of)}`
    case 'text':
      return isWord(filter.text) && !keywords.has(filter.text.toLowerCase()) ? filter.text : quote(filter.text)
    case 'compare':
      return `${pathText(filter.path)} ${filter.operator} ${filter.quoted ? quote(filter.value) : filter.value}`
  }
}

const joint = { all: ' and ', any: ' or ' }
const keywords = new Set(['and', 'or', 'not'])
const isList = ({ kind }: JobFilter) => kind === 'all' || kind === 'any'
const isWord = (text: string) => /^[^\s"'()=~<>![\]]+$/.test(text)
const quote = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`

/** `data.items[].sku`, with names that are no plain words as `["first name"]`. */
export function pathText(path: readonly PathStep[]): string {
  const [first = '', ...rest] = path
  const begins = isPlain(first) && !keywords.has(first.toLowerCase())
  if (!begins && rest.length === 0) return quote(String(first))
  // A path begins with a plain name; `payload` stands for the payload as a whole.
  const [begin, steps] = begins ? [first, rest] : ['payload', path]
  return begin + steps.map((step) => (isPlain(step) ? `.${step}` : bracketed(step))).join('')
}

const isPlain = (step: PathStep): step is string => typeof step === 'string' && isWord(step) && !step.includes('.')

function bracketed(step: PathStep): string {
  if (step === null) return '[]'
  return typeof step === 'number' ? `[${step}]` : `[${quote(step)}]`
}
