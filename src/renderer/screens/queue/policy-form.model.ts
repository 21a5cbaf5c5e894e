import { type Policy, policySchema } from '../../../domain/policy.ts'

/** The form of a policy, numbers as typed; an empty field expects nothing. */
export type PolicyForm = { readonly [field in keyof Policy]: string }

/** The form of a policy, or an empty one. */
export function policyForm(policy: Policy | undefined): PolicyForm {
  const number = (value: number | null | undefined) => (value == null ? '' : String(value))
  return {
    priority: number(policy?.priority),
    timeoutSeconds: number(policy?.timeoutSeconds),
    tries: number(policy?.tries),
    backoffSeconds: policy?.backoffSeconds.join(', ') ?? '',
    memoryMb: number(policy?.memoryMb),
    maxWaitSeconds: number(policy?.maxWaitSeconds),
    maxFailed: number(policy?.maxFailed),
  }
}

/** What may stand in each field, in words. */
const allowed: Readonly<Record<keyof Policy, string>> = {
  priority: '1 to 10',
  timeoutSeconds: 'whole seconds, 1 to 604,800',
  tries: '1 to 1,000',
  backoffSeconds: 'at most 50 whole numbers of seconds',
  memoryMb: '1 to 1,048,576',
  maxWaitSeconds: 'whole seconds, 1 to 31,536,000',
  maxFailed: '0 or more',
}

/** What is wrong with the form, by field. */
export function policyProblems(form: PolicyForm): Partial<Record<keyof Policy, string>> {
  const parsed = policySchema.safeParse(read(form))
  if (parsed.success) return {}
  const fields = new Set(parsed.error.issues.map(({ path }) => path[0]))
  return Object.fromEntries(Object.entries(allowed).filter(([field]) => fields.has(field)))
}

/** Whether the form expects nothing at all. */
export function expectsNothing(form: PolicyForm): boolean {
  return Object.values(form).every((text) => text.trim() === '')
}

/** What goes to the engine; only for a form without problems. */
export function toPolicy(form: PolicyForm): Policy {
  return policySchema.parse(read(form))
}

/** The fields as numbers; NaN, which the schema refuses, for what is none. */
function read({ backoffSeconds, ...numbers }: PolicyForm): Record<keyof Policy, unknown> {
  const read = Object.entries(numbers).map(([field, text]) => [field, text.trim() === '' ? null : numberOf(text)])
  return { ...Object.fromEntries(read), backoffSeconds: delaysOf(backoffSeconds) }
}

/** Digits alone: 0x10 and 1e3 are numbers to JavaScript and typing errors to people. */
function numberOf(text: string): number {
  const digits = text.trim()
  return /^\d+$/.test(digits) ? Number(digits) : Number.NaN
}

/** "30, 60, 120"; brackets as in code may stand around them. */
function delaysOf(text: string): number[] {
  const inner = text
    .trim()
    .replace(/^\[(.*)\]$/s, '$1')
    .trim()
  return inner === '' ? [] : inner.split(/\s*,\s*|\s+/).map(numberOf)
}
