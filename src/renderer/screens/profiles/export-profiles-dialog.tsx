import { useMutation } from '@tanstack/react-query'
import { FileDown } from 'lucide-react'
import { useState } from 'react'
import type { Profile } from '../../../domain/profile.ts'
import { client } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { PassphraseInputs } from '../../components/vault/passphrase-inputs.tsx'
import { isPassphrase } from '../../components/vault/vault.model.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { formatCounted } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { toast } from '../../ui/toast.tsx'
import { ChooseList } from './choose-list.tsx'
import { saveText } from './save-text.ts'

/** Writes connections into a file: without their secrets, or with them under a passphrase. */
export function ExportProfilesDialog({ profiles, onClose }: { profiles: readonly Profile[]; onClose(): void }) {
  const able = profiles.filter(({ builtIn }) => !builtIn)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(able.map(({ id }) => id)))
  const [withSecrets, setWithSecrets] = useState(false)
  const [typed, setTyped] = useState({ passphrase: '', again: '' })
  const write = useMutation({
    mutationFn: () =>
      client.profiles.exportFile({
        ids: able.map(({ id }) => id).filter((id) => chosen.has(id)),
        passphrase: withSecrets ? typed.passphrase : null,
      }),
    meta: { quiet: true },
    onSuccess: ({ name, text }) => {
      saveText(text, name)
      toast.good(`${formatCounted(chosen.size, 'connection')} exported.`)
      onClose()
    },
  })
  const ready = chosen.size > 0 && (!withSecrets || isPassphrase(typed.passphrase, typed.again))
  return (
    <Dialog
      open
      title="Export connections"
      description="To a file that Sluice can import, here or on another computer."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            icon={<FileDown size={14} aria-hidden />}
            disabled={!ready}
            busy={write.isPending}
            onClick={() => write.mutate()}
          >
            Export {formatCounted(chosen.size, 'connection')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <ChooseList
          items={able}
          keyOf={({ id }) => id}
          nameOf={({ name }) => name}
          chosen={chosen}
          onChange={setChosen}
        >
          {({ name, folder, environment }) => (
            <div className="flex items-center gap-2">
              <RedisText text={name} truncate className="font-medium" />
              <EnvironmentTag environment={environment} />
              {folder !== '' && <RedisText text={folder} truncate className="text-sm text-faint" />}
            </div>
          )}
        </ChooseList>
        <Checkbox checked={withSecrets} onChange={setWithSecrets} label="With passwords and keys, under a passphrase">
          With passwords and keys, under a passphrase
        </Checkbox>
        {withSecrets ? (
          <PassphraseInputs
            label="Passphrase of the file"
            passphrase={typed.passphrase}
            again={typed.again}
            onChange={(change) => setTyped((before) => ({ ...before, ...change }))}
          />
        ) : (
          <p className="text-xs text-faint">
            Without them: whoever imports the file is asked for the passwords. It still names hosts and users.
          </p>
        )}
        {write.isError && (
          <Notice tone="bad" live>
            {errorSentence(write.error)}
          </Notice>
        )}
      </div>
    </Dialog>
  )
}
