import type { TlsSettings } from '../../../domain/profile.ts'
import { PemInput } from '../../components/remedy/pem-input.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Fold } from './fold.tsx'
import type { FormParts } from './form-parts.ts'
import { type ProfileForm, withField } from './profile-form.model.ts'
import { SecretInput } from './secret-input.tsx'

/** Whether TLS is used, for Redis or for the Sentinels. */
function usesTls({ fields, topology }: ProfileForm): boolean {
  return fields.transport === 'tls' || (topology.kind === 'sentinel' && topology.tls)
}

/** How TLS is checked: whose word is taken for the server, and what we show it. */
export function TlsInputs({ form, onChange, problem, onLeave }: FormParts) {
  const { tls } = form
  const put = (change: Partial<TlsSettings>) => onChange({ tls: { ...tls, ...change } })
  const wrong = [problem('ca'), problem('certificate'), problem('tlsKey')].some((one) => one !== undefined)
  const used = usesTls(form)
  const socket = form.fields.transport === 'unix'
  return (
    <Fold title="TLS" summary={<TlsSummary form={form} />} wrong={wrong}>
      <Checkbox
        checked={form.fields.transport === 'tls'}
        disabled={socket}
        onChange={(on) => onChange(withField(form, { transport: on ? 'tls' : 'tcp' }))}
        label="Encrypt the connection with TLS"
      >
        Encrypt the connection with TLS
      </Checkbox>
      {!used && (
        <p className="text-xs text-faint">
          {socket
            ? 'A socket stays on this computer and needs none.'
            : 'Without it, whoever is in between can read along.'}
        </p>
      )}
      {used && (
        <>
          <PemInput
            label="Authority to trust (CA)"
            value={tls.ca}
            onChange={(ca) => put({ ca })}
            onLeave={() => onLeave('ca')}
            error={problem('ca')}
            hint="Empty: those that this computer trusts"
          />
          <Field label="Name in the server's certificate" hint="Only where it is not the host of the address">
            <Input
              mono
              dir="ltr"
              maxLength={255}
              value={tls.serverName}
              onChange={(event) => put({ serverName: event.target.value })}
            />
          </Field>
          <PemInput
            label="Client certificate"
            value={tls.certificate}
            onChange={(certificate) => put({ certificate })}
            onLeave={() => onLeave('certificate')}
            error={problem('certificate')}
            hint="For servers that ask for one"
          />
          {tls.certificate.trim() !== '' && (
            <>
              <SecretInput
                form={form}
                onChange={onChange}
                name="tlsKey"
                label="Key of the client certificate"
                error={problem('tlsKey')}
                onLeave={() => onLeave('tlsKey')}
              />
              <SecretInput
                form={form}
                onChange={onChange}
                name="tlsKeyPassphrase"
                label="Passphrase of that key"
                hint="Where the key is encrypted"
              />
            </>
          )}
          <div className={tls.verify ? 'py-1' : 'py-1 text-bad'}>
            <Checkbox checked={!tls.verify} onChange={(any) => put({ verify: !any })} label="Take any certificate">
              Take any certificate
            </Checkbox>
          </div>
          {!tls.verify && (
            <Notice tone="bad">
              <strong className="font-semibold">Nobody checks who answers.</strong> Whoever sits between this computer
              and Redis can read the password and every job, and change them. Paste the authority above instead.
            </Notice>
          )}
        </>
      )}
    </Fold>
  )
}

function TlsSummary({ form }: { form: ProfileForm }) {
  if (!usesTls(form)) return 'Off'
  const { tls } = form
  if (!tls.verify) return <span className="font-medium text-bad">Takes any certificate</span>
  const words = [
    tls.ca === '' ? 'Checked' : 'Checked by its own authority',
    ...(tls.certificate === '' ? [] : ['client certificate']),
  ]
  return words.join(', ')
}
