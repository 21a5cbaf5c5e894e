import { Button, type ButtonProps } from '../ui/button.tsx'
import { classNames } from '../ui/class-names.ts'
import { Tooltip } from '../ui/tooltip.tsx'

interface GuardedButtonProps extends Omit<ButtonProps, 'disabled'> {
  /** Why it cannot be pressed; null when it can. The reason is the tooltip, and the button can be reached to read it. */
  reason: string | null
  /** Key shown in the tooltip. */
  keys?: string
  /** What it does, in the tooltip, where the label does not say it. */
  hint?: string
}

/** A button that says why it cannot be pressed. */
export function GuardedButton({ reason, keys, hint, onClick, className, ...rest }: GuardedButtonProps) {
  const blocked = reason !== null
  const button = (
    <Button
      {...rest}
      aria-disabled={blocked || undefined}
      onClick={blocked ? undefined : onClick}
      className={classNames(blocked && 'cursor-not-allowed! opacity-50! hover:bg-raised!', className)}
    />
  )
  const text = reason ?? hint ?? (keys === undefined ? undefined : rest.children)
  return text === undefined ? (
    button
  ) : (
    <Tooltip text={text} keys={blocked ? undefined : keys}>
      {button}
    </Tooltip>
  )
}
