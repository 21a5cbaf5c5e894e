import { Button as BaseButton } from '@base-ui/react/button'
import type { ComponentProps, ReactNode } from 'react'
import { classNames } from './class-names.ts'
import { Tooltip } from './tooltip.tsx'

export type ButtonLook = 'plain' | 'primary' | 'danger' | 'ghost'

const looks: Record<ButtonLook, string> = {
  plain: 'border-line-strong bg-raised text-ink shadow-control enabled:hover:bg-hover enabled:active:bg-selected',
  primary:
    'border-transparent bg-accent text-accent-ink shadow-control enabled:hover:opacity-90 enabled:active:opacity-80',
  danger: 'border-transparent bg-bad-fill text-white shadow-control enabled:hover:opacity-90 enabled:active:opacity-80',
  ghost: 'border-transparent text-muted enabled:hover:bg-hover enabled:hover:text-ink enabled:active:bg-selected',
}

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'className'> {
  look?: ButtonLook
  size?: 'small' | 'normal'
  icon?: ReactNode
  /** Works now: the label stays, the button does not answer. */
  busy?: boolean
  className?: string
}

/** A button. Icons are 14 px lucide icons. */
export function Button({
  look = 'plain',
  size = 'normal',
  icon,
  busy,
  children,
  className,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <BaseButton
      {...rest}
      disabled={disabled === true || busy === true}
      focusableWhenDisabled={busy === true}
      aria-busy={busy}
      className={classNames(
        'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap disabled:opacity-50 data-disabled:opacity-50',
        size === 'small' ? 'h-6 px-2 text-sm' : 'h-7 px-2.5 text-base',
        looks[look],
        className,
      )}
    >
      {icon}
      {children}
    </BaseButton>
  )
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'className' | 'children'> {
  /** What it does; also its tooltip. */
  label: string
  icon: ReactNode
  /** Key shown in the tooltip. */
  keys?: string
  className?: string
}

/** A square button with an icon; its label is its tooltip. */
export function IconButton({ label, icon, keys, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} keys={keys}>
      <BaseButton
        {...rest}
        aria-label={label}
        className={classNames(
          'inline-flex size-6 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink active:bg-selected disabled:opacity-40',
          className,
        )}
      >
        {icon}
      </BaseButton>
    </Tooltip>
  )
}
