import type { SecretName } from '../../../domain/profile.ts'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Fold } from './fold.tsx'
import type { FormParts } from './form-parts.ts'
import type { ProblemField } from './form-problems.model.ts'
import type { SshFields } from './profile-form.model.ts'
import { SecretInput } from './secret-input.tsx'

const fields = ['host', 'port', 'username', 'keyFile', 'key'] as const

/** The SSH server that Redis is reached from, and the one before it. */
export function SshInputs(parts: FormParts) {
  const { form, onChange, problem } = parts
  const all = (['ssh', 'jump'] as const).flatMap((part) => fields.map((field): ProblemField => `${part}.${field}`))
  const wrong = all.some((field) => problem(field) !== undefined)
  return (
    <Fold title="SSH" summary={<SshSummary {...parts} />} wrong={wrong}>
      <Checkbox
        checked={form.throughSsh}
        onChange={(throughSsh) => onChange({ throughSsh })}
        label="Reach Redis through an SSH server"
      >
        Reach Redis through an SSH server
      </Checkbox>
      {form.throughSsh && (
        <>
          <p className="pb-1 text-xs text-faint">The address above is then as the SSH server sees it.</p>
          <SshHostInputs parts={parts} part="ssh" />
          <Checkbox
            checked={form.throughJump}
            onChange={(throughJump) => onChange({ throughJump })}
            label="Another SSH server stands before it (jump host)"
          >
            Another SSH server stands before it (jump host)
          </Checkbox>
          {form.throughJump && (
            <fieldset aria-label="Jump host" className="mt-1 border-l-2 border-line pl-3">
              <SshHostInputs parts={parts} part="jump" />
            </fieldset>
          )}
        </>
      )}
    </Fold>
  )
}

function SshHostInputs({ parts, part }: { parts: FormParts; part: 'ssh' | 'jump' }) {
  const { form, onChange, problem, onLeave } = parts
  const host = form[part]
  const put = (change: Partial<SshFields>) => onChange({ [part]: { ...host, ...change } })
  const text = (field: 'host' | 'port' | 'username' | 'keyFile') => ({
    mono: true,
    dir: 'ltr' as const,
    value: host[field],
    onChange: (event: { target: { value: string } }) => put({ [field]: event.target.value }),
    onBlur: () => onLeave(`${part}.${field}`),
  })
  const key: SecretName = part === 'ssh' ? 'sshKey' : 'jumpKey'
  return (
    <div className="flex flex-col gap-1">
      <div className="grid grid-cols-[1fr_72px_1fr] gap-x-2">
        <Field label={part === 'ssh' ? 'SSH server' : 'Jump host'} error={problem(`${part}.host`)}>
          <Input {...text('host')} maxLength={255} placeholder="bastion.example.com" />
        </Field>
        <Field label="Port" error={problem(`${part}.port`)}>
          <Input {...text('port')} inputMode="numeric" />
        </Field>
        <Field label="User" error={problem(`${part}.username`)}>
          <Input {...text('username')} maxLength={200} />
        </Field>
      </div>
      <div className="mb-1 flex items-center gap-3">
        <span className="text-sm font-medium text-muted">Log in with</span>
        <Segmented<SshFields['login']>
          label={part === 'ssh' ? 'Log in with' : 'Log in to the jump host with'}
          value={host.login}
          onChange={(login) => put({ login })}
          options={[
            { value: 'password', label: 'Password' },
            { value: 'keyFile', label: 'Key file' },
            { value: 'key', label: 'Pasted key' },
            { value: 'agent', label: 'Agent' },
          ]}
        />
      </div>
      {host.login === 'agent' && (
        <p className="pb-1.5 text-xs text-faint">
          Keys that the SSH agent of this computer holds. Sluice never sees them.
        </p>
      )}
      {host.login === 'keyFile' && (
        <Field
          label="Path of the private key"
          error={problem(`${part}.keyFile`)}
          hint="On the computer that Sluice runs on. It is read at each log-in, and not copied."
        >
          <Input {...text('keyFile')} maxLength={4096} placeholder="~/.ssh/id_ed25519" />
        </Field>
      )}
      {host.login === 'key' && (
        <SecretInput
          form={form}
          onChange={onChange}
          name={key}
          label="Private key"
          error={problem(`${part}.key`)}
          onLeave={() => onLeave(`${part}.key`)}
        />
      )}
      {host.login !== 'agent' && (
        <SecretInput
          form={form}
          onChange={onChange}
          name={part}
          label={host.login === 'password' ? 'Password for SSH' : 'Passphrase of the key'}
          hint={host.login === 'password' ? undefined : 'Where the key is encrypted'}
        />
      )}
    </div>
  )
}

function SshSummary({ form }: FormParts) {
  if (!form.throughSsh) return 'Off'
  return (
    <>
      Through <RedisText text={`${form.ssh.username}@${form.ssh.host}`} />
      {form.throughJump && (
        <>
          {' by '}
          <RedisText text={form.jump.host} />
        </>
      )}
    </>
  )
}
