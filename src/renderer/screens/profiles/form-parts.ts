import type { FormProblems, ProblemField } from './form-problems.model.ts'
import type { ProfileForm } from './profile-form.model.ts'

/** What each part of the form works with. */
export interface FormParts {
  readonly form: ProfileForm
  onChange(change: Partial<ProfileForm>): void
  /** What is wrong with a field that was left, where something is. */
  problem(field: ProblemField): string | undefined
  /** A field is left: from now on its problem is shown. */
  onLeave(field: ProblemField): void
}

/** The problems of fields that were left; nobody is scolded while typing. */
export function shownProblem(
  problems: FormProblems,
  touched: ReadonlySet<string>,
  field: ProblemField,
): string | undefined {
  return touched.has(field) ? problems[field] : undefined
}
