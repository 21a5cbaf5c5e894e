import { Checkbox } from '../../ui/checkbox.tsx'
import { Field, Input, TextArea } from '../../ui/input.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Fold } from './fold.tsx'
import type { FormParts } from './form-parts.ts'
import type { ProfileForm, TopologyFields } from './profile-form.model.ts'
import { SecretInput } from './secret-input.tsx'

const kinds = {
  standalone: { label: 'One server', means: 'The address leads to the Redis itself.' },
  sentinel: {
    label: 'Sentinel',
    means: 'The address leads to a Sentinel; Sluice asks it for the master, and follows a failover.',
  },
  cluster: {
    label: 'Cluster',
    means: 'The address leads to any node; Sluice finds the others, and reads all masters.',
  },
} as const

/** How the servers behind the address are arranged. */
export function ServersInputs(parts: FormParts) {
  const { form, onChange, problem, onLeave } = parts
  const { topology } = form
  const { kind } = topology
  const put = (change: Partial<TopologyFields>) => onChange({ topology: { ...topology, ...change } })
  const wrong = [problem('kind'), problem('master'), problem('others')].some((one) => one !== undefined)
  return (
    <Fold title="Servers" summary={serversSummary(form)} wrong={wrong} open={kind !== 'standalone'}>
      <Segmented<TopologyFields['kind']>
        label="Servers"
        value={kind}
        onChange={(next) => {
          put({ kind: next })
          onLeave('kind')
        }}
        options={[
          { value: 'standalone', label: kinds.standalone.label },
          { value: 'sentinel', label: kinds.sentinel.label },
          { value: 'cluster', label: kinds.cluster.label },
        ]}
      />
      <p className={problem('kind') === undefined ? 'pb-1 text-xs text-faint' : 'pb-1 text-xs text-bad'} role="status">
        {problem('kind') ?? kinds[kind].means}
      </p>
      {kind === 'sentinel' && (
        <Field label="Name of the master" error={problem('master')} hint="As the Sentinels call it">
          <Input
            mono
            value={topology.master}
            maxLength={200}
            onChange={(event) => put({ master: event.target.value })}
            onBlur={() => onLeave('master')}
          />
        </Field>
      )}
      {kind !== 'standalone' && (
        <Field
          label={kind === 'sentinel' ? 'Further Sentinels' : 'Further nodes'}
          error={problem('others')}
          hint="One host:port a line. They are tried when the first does not answer."
        >
          <TextArea
            mono
            dir="ltr"
            rows={2}
            value={topology.others}
            placeholder={kind === 'sentinel' ? 'sentinel-2:26379' : 'node-2:6379'}
            onChange={(event) => put({ others: event.target.value })}
            onBlur={() => onLeave('others')}
          />
        </Field>
      )}
      {kind === 'sentinel' && (
        <>
          <div className="grid grid-cols-2 gap-x-3">
            <Field label="User of the Sentinels" hint="Empty: default">
              <Input
                mono
                value={topology.username}
                maxLength={200}
                onChange={(event) => put({ username: event.target.value })}
              />
            </Field>
            <SecretInput
              form={form}
              onChange={onChange}
              name="sentinelPassword"
              label="Password of the Sentinels"
              hint="Where they ask for one of their own"
            />
          </div>
          <Checkbox checked={topology.tls} onChange={(tls) => put({ tls })} label="The Sentinels speak TLS">
            The Sentinels speak TLS
          </Checkbox>
        </>
      )}
    </Fold>
  )
}

/** What is chosen, in a few words. */
function serversSummary({ topology: { kind, master, others } }: ProfileForm): string {
  if (kind === 'standalone') return kinds.standalone.label
  const more = others.split(/[\s,]+/).filter(Boolean).length
  const words = kind === 'sentinel' ? `Sentinel, ${master}` : 'Cluster'
  return more === 0 ? words : `${words}, ${more} more`
}
