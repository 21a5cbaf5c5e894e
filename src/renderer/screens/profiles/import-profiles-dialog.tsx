import { useMutation } from '@tanstack/react-query'
import { FileUp } from 'lucide-react'
import { useState } from 'react'
import type { FileProfile, ProfileFile } from '../../../domain/profile-file.ts'
import { client, orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { secretWords } from '../../components/remedy/remedy.model.ts'
import { FileDrop } from '../../components/transfer/file-drop.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { formatCounted } from '../../ui/format.ts'
import { Field, Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { toast } from '../../ui/toast.tsx'
import { ChooseList } from './choose-list.tsx'

const mostBytes = 10_000_000

/** Takes connections from a file of Sluice or RedisInsight: shown first, chosen, then saved. It connects to none. */
export function ImportProfilesDialog({ onClose }: { onClose(): void }) {
  const [source, setSource] = useState<{ name: string; text: string } | null>(null)
  const [passphrase, setPassphrase] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [refusal, setRefusal] = useState<string | null>(null)
  const read = useMutation({
    mutationFn: (question: { text: string; passphrase: string | null }) => client.profiles.readFile(question),
    meta: { quiet: true },
    onSuccess: ({ profiles }) => setChosen(new Set(profiles.map((_, place) => String(place)))),
  })
  const file = read.data
  const save = useMutation(
    orpc.profiles.importFile.mutationOptions({
      meta: { quiet: true },
      onSuccess: async (saved) => {
        await queryClient.invalidateQueries({ queryKey: orpc.profiles.key() })
        toast.good(`${formatCounted(saved.length, 'connection')} imported. None of them is open.`)
        onClose()
      },
    }),
  )
  const take = async (picked: File) => {
    read.reset()
    save.reset()
    setRefusal(null)
    setPassphrase('')
    if (picked.size > mostBytes) return setRefusal('This file is larger than 10 MB: it is no file of connections.')
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(await picked.arrayBuffer())
      setSource({ name: picked.name, text })
      read.mutate({ text, passphrase: null })
    } catch {
      setRefusal('This file is not UTF-8 text.')
    }
  }
  /** The passphrase that opened the file; null where it has none, or none was given. */
  const opened = read.variables?.passphrase ?? null
  const submit = () => {
    if (source !== null && chosen.size > 0)
      save.mutate({ text: source.text, passphrase: opened, take: [...chosen].map(Number) })
  }
  return (
    <Dialog
      open
      width="wide"
      title="Import connections"
      description="Nothing is opened: you look at each first."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            icon={<FileUp size={14} aria-hidden />}
            disabled={file === undefined || chosen.size === 0}
            busy={save.isPending}
            onClick={submit}
          >
            Import {file === undefined ? 'connections' : formatCounted(chosen.size, 'connection')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {source === null || refusal !== null || (read.isError && opened === null) ? (
          <FileDrop label="File of connections" accept=".json,.txt" onFile={(picked) => void take(picked)}>
            Drop a file of connections here: an export of Sluice, or of RedisInsight.
          </FileDrop>
        ) : (
          <div className="flex items-center gap-3">
            <RedisText text={source.name} truncate className="min-w-0 flex-1 font-medium" />
            {file !== undefined && <span className="shrink-0 text-sm text-muted">written by {file.from}</span>}
            <Button size="small" onClick={() => setSource(null)}>
              Another file
            </Button>
          </div>
        )}
        {refusal !== null && (
          <Notice tone="bad" live>
            {refusal}
          </Notice>
        )}
        {read.isError && (
          <Notice tone="bad" live>
            {errorSentence(read.error)}
          </Notice>
        )}
        {source !== null && (file?.sealed || (read.isError && opened !== null)) && (
          <form
            className="grid grid-cols-[1fr_auto] items-start gap-x-3 rounded-md border border-line bg-sunken px-3 pt-2"
            onSubmit={(event) => {
              event.preventDefault()
              if (passphrase !== '') read.mutate({ text: source.text, passphrase })
            }}
          >
            <Field label="Passphrase of the file" hint="Without it, the connections come without their passwords.">
              <Input mono type="password" value={passphrase} onChange={(event) => setPassphrase(event.target.value)} />
            </Field>
            <Button type="submit" className="mt-5" disabled={passphrase === ''} busy={read.isPending}>
              Open
            </Button>
          </form>
        )}
        {file !== undefined && source !== null && <FileContent file={file} chosen={chosen} onChange={setChosen} />}
        {save.isError && (
          <Notice tone="bad" live>
            {errorSentence(save.error)}
          </Notice>
        )}
      </div>
    </Dialog>
  )
}

interface FileContentProps {
  file: ProfileFile
  chosen: ReadonlySet<string>
  onChange(chosen: Set<string>): void
}

function FileContent({ file, chosen, onChange }: FileContentProps) {
  const items = file.profiles.map((entry, place) => ({ entry, key: String(place) }))
  return (
    <>
      {file.problems.length > 0 && (
        <Notice tone="warn">
          {file.problems.map((problem) => (
            <RedisText key={problem} text={problem} className="block wrap-anywhere" />
          ))}
        </Notice>
      )}
      {items.length === 0 ? (
        <p className="py-4 text-center text-muted">This file holds no connection.</p>
      ) : (
        <ChooseList
          items={items}
          keyOf={({ key }) => key}
          nameOf={({ entry }) => entry.profile.name}
          chosen={chosen}
          onChange={onChange}
        >
          {({ entry }) => <Entry entry={entry} />}
        </ChooseList>
      )}
    </>
  )
}

function Entry({ entry: { profile, secrets, nameTaken, notes } }: { entry: FileProfile }) {
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-2">
        <RedisText text={profile.name} className="font-medium wrap-anywhere" />
        <EnvironmentTag environment={profile.environment} />
        {profile.topology.kind !== 'standalone' && <Badge>{profile.topology.kind}</Badge>}
        {profile.ssh !== null && <Badge>SSH</Badge>}
        {nameTaken && (
          <Badge tone="warn" title="A connection here has this name; that one stays as it is">
            gets another name
          </Badge>
        )}
        {!profile.tls.verify && <Badge tone="bad">any certificate</Badge>}
      </div>
      <RedisText text={profile.url} mono className="text-muted wrap-anywhere" />
      {profile.ssh !== null && (
        <div className="text-sm text-muted">
          through <RedisText text={`${profile.ssh.username}@${profile.ssh.host}`} mono className="wrap-anywhere" />
        </div>
      )}
      {secrets.length > 0 && (
        <div className="text-sm text-muted">With: {secrets.map((name) => secretWords[name]).join(', ')}</div>
      )}
      {notes.map((note) => (
        <div key={note} className="text-sm text-warn">
          <RedisText text={note} className="wrap-anywhere" />
        </div>
      ))}
    </>
  )
}
