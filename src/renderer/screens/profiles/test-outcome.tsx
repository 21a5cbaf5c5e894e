import { useState } from 'react'
import type { Remedy } from '../../../domain/profile.ts'
import { HostKeyDialog } from '../../components/remedy/host-key-dialog.tsx'
import { remedyFor, remedyWords, secretLabel } from '../../components/remedy/remedy.model.ts'
import { showVaultDialog } from '../../state/vault.ts'
import { Button } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { drafted } from './profile-draft.model.ts'
import type { ProfileForm } from './profile-form.model.ts'
import { SecretInput } from './secret-input.tsx'
import { type TestResult, TestSteps } from './test-steps.tsx'

interface TestOutcomeProps {
  form: ProfileForm
  result: TestResult & { readonly code: string | null; readonly remedy: Remedy | null }
  /** A secret that the test lacked was typed. */
  onSecret(change: Partial<ProfileForm>): void
  onTestAgain(): void
}

/** What a test of the form came to, with what would mend it in place. */
export function TestOutcome({ form, result, onSecret, onTestAgain }: TestOutcomeProps) {
  const [comparing, setComparing] = useState(false)
  const { ssh } = drafted(form)
  const remedy = result.ok ? null : remedyFor(result, { ssh })
  return (
    <div className="flex flex-col gap-2">
      <TestSteps result={result} />
      {result.ok && <p className="text-good">All of it works.</p>}
      {remedy?.kind === 'secret' && (
        <div className="grid grid-cols-[1fr_auto] items-start gap-x-3 rounded-md border border-warn/40 bg-warn/8 px-3 pt-2">
          <SecretInput
            form={form}
            onChange={onSecret}
            name={remedy.secret}
            label={`${secretLabel(remedy.secret, { ssh })}: enter it`}
          />
          <Button className="mt-5" onClick={onTestAgain}>
            Test again
          </Button>
        </div>
      )}
      {(remedy?.kind === 'hostKey' || remedy?.kind === 'vault') && (
        <Notice
          tone={remedy.kind === 'hostKey' && remedy.before !== null ? 'bad' : 'warn'}
          action={
            <Button
              size="small"
              onClick={() => (remedy.kind === 'vault' ? showVaultDialog('unlock') : setComparing(true))}
            >
              {remedyWords(remedy)}
            </Button>
          }
        >
          {remedy.kind === 'vault'
            ? 'The passwords are locked. Unlock them, then test again.'
            : 'Compare the key of the SSH server; the test goes on from there.'}
        </Notice>
      )}
      {comparing && remedy?.kind === 'hostKey' && (
        <HostKeyDialog
          hostKey={remedy.key}
          before={remedy.before}
          onClose={() => setComparing(false)}
          onTrusted={() => {
            setComparing(false)
            onTestAgain()
          }}
        />
      )}
    </div>
  )
}
