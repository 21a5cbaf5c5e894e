import type { RedactionRule } from '../redaction.ts'

const path = (find: string): RedactionRule => ({ type: 'path', find, with: null })
const pattern = (find: string): RedactionRule => ({ type: 'pattern', find, with: null })

/** The rules that stand there before anybody made their own: names that tell of secrets and people, and what looks like them. */
export const firstRules: readonly RedactionRule[] = [
  path('**.*password*'),
  path('**.passwd'),
  path('**.*secret*'),
  path('**.*token*'),
  path('**.*apikey*'),
  path('**.authorization'),
  path('**.cookie'),
  path('**.*email*'),
  path('**.*phone*'),
  path('**.*iban*'),
  path('**.*cardnumber*'),
  path('**.card'),
  path('**.cvv'),
  path('**.otp'),
  pattern('[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+'),
  pattern('(?i)\\b(?:bearer|basic) [\\w.~+/=-]{8,}'),
  pattern('\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\\b'),
  pattern('\\b[3-6]\\d{3}(?:[ -]\\d{4}){2,3}\\b|\\b[3-6]\\d{3}[ -]\\d{6}[ -]\\d{5}\\b'),
  pattern('\\b(?:sk|pk|rk|ghp|gho|xox[abp])[_-][\\w-]{16,}'),
]
