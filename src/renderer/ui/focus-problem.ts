/** Brings the focus of the dialog that is open to the first control that is marked as wrong, once it is drawn. */
export function focusFirstProblem(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[role="dialog"] [aria-invalid="true"]')?.focus())
}
