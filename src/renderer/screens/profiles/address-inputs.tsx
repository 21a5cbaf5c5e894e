import { Field, Input } from '../../ui/input.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import type { AddressFields } from './address.model.ts'
import { type formProblems, type ProfileForm, withField, withUrl } from './profile-form.model.ts'

interface AddressInputsProps {
  form: ProfileForm
  problems: ReturnType<typeof formProblems>
  touched: ReadonlySet<string>
  hasSecret: boolean
  onChange(form: Partial<ProfileForm>): void
  onLeave(field: string): void
}

/** Where the Redis is: one URL, or field by field; each fills the other. */
export function AddressInputs({ form, problems, touched, hasSecret, onChange, onLeave }: AddressInputsProps) {
  const problem = (field: keyof typeof problems) => (touched.has(field) ? problems[field] : undefined)
  const text = (field: keyof AddressFields) => ({
    value: form.fields[field],
    onChange: (event: { target: { value: string } }) => onChange(withField(form, { [field]: event.target.value })),
    onBlur: () => onLeave(field),
    'aria-invalid': problem(field) !== undefined,
  })
  const { transport } = form.fields
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-end justify-between">
        <span className="text-sm font-medium text-muted">Address</span>
        <Segmented
          label="How to give the address"
          value={form.by}
          onChange={(by) => onChange({ by })}
          options={[
            { value: 'url', label: 'URL' },
            { value: 'fields', label: 'Fields' },
          ]}
        />
      </div>
      {form.by === 'url' ? (
        <Field
          label={<span className="sr-only">URL</span>}
          error={problem('url')}
          hint="redis://, rediss:// for TLS, unix:// for a socket; /2 at the end is a database"
        >
          <Input
            mono
            dir="ltr"
            value={form.url}
            placeholder="redis://user:password@host:6379/0"
            onChange={(event) => onChange(withUrl(form, event.target.value))}
            onBlur={() => onLeave('url')}
            aria-invalid={problem('url') !== undefined}
          />
        </Field>
      ) : (
        <div className="grid grid-cols-[1fr_88px_72px] gap-x-2 pt-1">
          <div className="col-span-3 mb-2">
            <Segmented
              label="Kind of connection"
              value={transport}
              onChange={(next) => onChange(withField(form, { transport: next }))}
              options={[
                { value: 'tcp', label: 'TCP' },
                { value: 'tls', label: 'TLS' },
                { value: 'unix', label: 'Socket' },
              ]}
            />
          </div>
          {transport === 'unix' ? (
            <Field label="Path" error={problem('path')} className="col-span-2">
              <Input mono placeholder="/run/redis/redis.sock" {...text('path')} />
            </Field>
          ) : (
            <>
              <Field label="Host" error={problem('host')}>
                <Input mono {...text('host')} />
              </Field>
              <Field label="Port" error={problem('port')}>
                <Input mono inputMode="numeric" {...text('port')} />
              </Field>
            </>
          )}
          <Field label="Database" error={problem('db')}>
            <Input mono inputMode="numeric" {...text('db')} />
          </Field>
          <Field label="User" hint="Empty: default" className="col-span-3">
            <Input mono {...text('username')} />
          </Field>
        </div>
      )}
      <Field
        label="Password"
        hint={
          hasSecret && form.password === null
            ? 'One is stored; it is kept unless you type another.'
            : 'Kept apart from the profile, never written into a file or a log.'
        }
      >
        <Input
          mono
          type="password"
          value={form.password ?? ''}
          placeholder={hasSecret && form.password === null ? '••••••••' : ''}
          onChange={(event) =>
            onChange({ password: event.target.value === '' && !hasSecret ? null : event.target.value })
          }
        />
      </Field>
    </div>
  )
}
