import { Input as BaseInput } from '@base-ui/react/input'
import { type ComponentProps, createContext, type ReactNode, useContext, useId } from 'react'
import { classNames } from './class-names.ts'

const box =
  'rounded-md border border-line-strong bg-raised px-2 text-base text-ink shadow-control hover:border-faint focus-visible:outline-2 focus-visible:outline-accent disabled:opacity-50 aria-invalid:border-bad'

/** What a control takes from the field around it: its name, what is said below it, and whether that is an error. */
const FieldContext = createContext<{ label: string; below: string | undefined; invalid: boolean } | null>(null)

/** The attributes by which a control belongs to its field, unless it says otherwise of itself; none outside of fields. */
export function useFieldAttributes(
  own: { 'aria-label'?: string | undefined; 'aria-invalid'?: ComponentProps<'input'>['aria-invalid'] } = {},
) {
  const field = useContext(FieldContext)
  if (field === null) return {}
  return {
    ...(own['aria-label'] === undefined && { 'aria-labelledby': field.label }),
    'aria-describedby': field.below,
    'aria-invalid': own['aria-invalid'] || field.invalid || undefined,
  }
}

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
      {...useFieldAttributes(rest)}
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
      {...useFieldAttributes(rest)}
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

/**
 * A control with its label, hint and error. Where there may be an error, the room for one line below is kept, so that
 * it moves nothing.
 */
export function Field(props: FieldProps) {
  const { label, hint, error, children, className } = props
  const id = useId()
  const below = error ?? hint
  const room = hint !== undefined || 'error' in props
  return (
    <FieldContext
      value={{ label: `${id}-label`, below: below === undefined ? undefined : `${id}-below`, invalid: !!error }}
    >
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is the child */}
      <label className={classNames('flex min-w-0 flex-col gap-1 pb-1.5', className)}>
        <span id={`${id}-label`} className="text-sm font-medium text-muted">
          {label}
        </span>
        {children}
        {room && (
          <span
            id={`${id}-below`}
            className={classNames('min-h-4 text-xs', error ? 'text-bad' : 'text-faint')}
            role={error ? 'alert' : undefined}
          >
            {below}
          </span>
        )}
      </label>
    </FieldContext>
  )
}
