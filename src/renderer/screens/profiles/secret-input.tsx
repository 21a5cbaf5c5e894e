import type { ReactNode } from 'react'
import type { SecretName } from '../../../domain/profile.ts'
import { PemInput } from '../../components/remedy/pem-input.tsx'
import { isKey } from '../../components/remedy/remedy.model.ts'
import { Button } from '../../ui/button.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { type ProfileForm, withSecret } from './profile-form.model.ts'

interface SecretInputProps {
  form: ProfileForm
  onChange(change: Partial<ProfileForm>): void
  name: SecretName
  label: string
  hint?: ReactNode
  error?: string | undefined
  onLeave?(): void
}

/** A secret of a profile. One that is stored is never shown: it is kept, replaced or removed. */
export function SecretInput({ form, onChange, name, label, hint, error, onLeave }: SecretInputProps) {
  const stored = form.stored.includes(name)
  const typed = form.secrets[name]
  const removed = stored && typed === ''
  const put = (text: string | undefined) => onChange({ secrets: withSecret(form, name, text).secrets })
  const type = (text: string) => put(text === '' ? undefined : text)
  const below = removed
    ? 'It is removed when you save.'
    : stored && typed === undefined
      ? 'One is kept. Type another to replace it.'
      : stored
        ? 'It replaces the one that is kept.'
        : hint
  const action = stored && (
    <Button
      size="small"
      look="ghost"
      type="button"
      aria-label={typed === undefined ? `Remove: ${label}` : `Keep the old one: ${label}`}
      onClick={() => put(typed === undefined ? '' : undefined)}
    >
      {typed === undefined ? 'Remove' : 'Keep the old one'}
    </Button>
  )
  const placeholder = stored && typed === undefined ? '•••••••• kept' : undefined
  if (isKey(name)) {
    return (
      <PemInput
        label={label}
        secret
        value={typed ?? ''}
        onChange={type}
        onLeave={onLeave}
        hint={below}
        error={error}
        placeholder={placeholder}
        action={action}
      />
    )
  }
  return (
    <div className="relative">
      <Field label={label} hint={below ?? ''} error={error}>
        <Input
          mono
          type="password"
          value={typed ?? ''}
          placeholder={placeholder}
          onChange={(event) => type(event.target.value)}
          onBlur={onLeave}
        />
      </Field>
      {action && <span className="absolute -top-1 right-0">{action}</span>}
    </div>
  )
}
