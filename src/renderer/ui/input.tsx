import { Input as BaseInput } from '@base-ui/react/input'
import type { ComponentProps, ReactNode } from 'react'
import { classNames } from './class-names.ts'

const box =
  'rounded-md border border-line-strong bg-raised px-2 text-base text-ink shadow-control hover:border-faint focus-visible:outline-2 focus-visible:outline-accent disabled:opacity-50 aria-invalid:border-bad'

/** A line of text. */
export function Input({
  className,
  mono,
  ...rest
}: Omit<ComponentProps<'input'>, 'className'> & { mono?: boolean; className?: string }) {
  return (
    <BaseInput
      spellCheck={false}
      autoComplete="off"
      {...rest}
      className={classNames(box, 'h-7 w-full min-w-0', mono && 'font-mono text-sm', className)}
    />
  )
}

/** Lines of text. */
export function TextArea({ className, mono, ...rest }: ComponentProps<'textarea'> & { mono?: boolean }) {
  return (
    <textarea
      spellCheck={false}
      {...rest}
      className={classNames(box, 'min-h-16 w-full resize-y py-1', mono && 'font-mono text-sm leading-5', className)}
    />
  )
}

interface FieldProps {
  label: ReactNode
  /** Below the control while there is no error. */
  hint?: ReactNode
  error?: string | null
  /** Exactly one control, so that the label belongs to it. */
  children: ReactNode
  className?: string
}

/** A control with its label, hint and error. The room for one line below is kept, so that errors move nothing. */
export function Field({ label, hint, error, children, className }: FieldProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className={classNames('flex min-w-0 flex-col gap-1', className)}>
      <span className="text-sm font-medium text-muted">{label}</span>
      {children}
      <span
        className={classNames('min-h-4 text-xs', error ? 'text-bad' : 'text-faint')}
        role={error ? 'alert' : undefined}
      >
        {error ?? hint}
      </span>
    </label>
  )
}
