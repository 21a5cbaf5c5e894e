import { Field, Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import type { AddressFields } from './address-fields.model.ts'
import type { FormParts } from './form-parts.ts'
import { withAddress, withAddressLeft, withField } from './profile-form.model.ts'
import { SecretInput } from './secret-input.tsx'

/** Where the Redis is: one text, or field by field; each fills the other. */
export function AddressInputs({ form, onChange, problem, onLeave }: FormParts) {
  const text = (field: keyof AddressFields) => ({
    value: form.fields[field],
    onChange: (event: { target: { value: string } }) => onChange(withField(form, { [field]: event.target.value })),
    onBlur: () => onLeave(field),
  })
  const { transport } = form.fields
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-end justify-between">
        <span className="text-sm font-medium text-muted">Address</span>
        <Segmented
          label="How to give the address"
          value={form.by}
          onChange={(by) => onChange({ ...withAddressLeft(form), by })}
          options={[
            { value: 'text', label: 'Paste' },
            { value: 'fields', label: 'Fields' },
          ]}
        />
      </div>
      {form.by === 'text' ? (
        <Field
          label={<span className="sr-only">Address</span>}
          error={problem('address')}
          hint="A URL (redis://, rediss:// for TLS, unix://, redis+sentinel://), or a redis-cli command line"
        >
          <Input
            mono
            dir="ltr"
            value={form.address}
            placeholder="redis://user:password@host:6379/0"
            onChange={(event) => onChange(withAddress(form, event.target.value))}
            onBlur={() => {
              onLeave('address')
              onChange(withAddressLeft(form))
            }}
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
      {form.notes.length > 0 && (
        <Notice tone="info" live>
          {form.notes.map((note) => (
            <RedisText key={note} text={note} className="block" />
          ))}
        </Notice>
      )}
      <SecretInput
        form={form}
        onChange={onChange}
        name="password"
        label="Password"
        hint="Kept apart from the profile, never written into a file or a log."
      />
    </div>
  )
}
