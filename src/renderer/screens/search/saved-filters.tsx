import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Bookmark, X } from 'lucide-react'
import { useState } from 'react'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Popover } from '../../ui/popover.tsx'
import { RedisText } from '../../ui/redis-text.tsx'

interface SavedFiltersProps {
  /** What is typed now; null when it is empty or wrong, and so cannot be saved. */
  filter: string | null
  onChoose(filter: string): void
}

/** Filters that somebody saved under a name: to use, to save the present one, to forget one. */
export function SavedFilters({ filter, onChoose }: SavedFiltersProps) {
  const queries = useQueryClient()
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const { data: saved, error } = useQuery(orpc.searches.saved.queryOptions())
  const again = () => void queries.invalidateQueries({ queryKey: orpc.searches.saved.key() })
  const known = saved?.find((one) => one.name === name.trim())
  const save = useMutation(
    orpc.searches.save.mutationOptions({
      meta: { quiet: true },
      onSuccess: () => {
        setName('')
        again()
      },
    }),
  )
  const forget = useMutation(orpc.searches.forget.mutationOptions({ onSettled: again }))
  const ready = filter !== null && name.trim() !== '' && !save.isPending
  return (
    <Popover
      label="Saved filters"
      open={open}
      onOpenChange={setOpen}
      align="end"
      className="w-96"
      trigger={
        <Button className="h-8!" icon={<Bookmark size={14} aria-hidden />}>
          Saved
        </Button>
      }
    >
      {error !== null && <Notice tone="bad">{errorSentence(error)}</Notice>}
      {saved?.length === 0 && (
        <p className="px-3 pt-3 pb-1 text-muted">No filter is saved yet. Name the present one to keep it.</p>
      )}
      {saved !== undefined && saved.length > 0 && (
        <ul aria-label="Saved filters" className="max-h-72 overflow-y-auto p-1">
          {saved.map((one) => (
            <li key={one.id} className="group flex items-center rounded-md pr-1 hover:bg-hover">
              <button
                type="button"
                onClick={() => {
                  onChoose(one.filter)
                  setOpen(false)
                }}
                className="min-w-0 flex-1 px-2 py-1 text-start"
              >
                <RedisText text={one.name} truncate className="font-medium" />
                <RedisText text={one.filter} mono truncate className="text-muted" />
              </button>
              <IconButton
                label="Forget this filter"
                icon={<X size={13} aria-hidden />}
                disabled={forget.isPending}
                onClick={() => forget.mutate({ id: one.id })}
              />
            </li>
          ))}
        </ul>
      )}
      <form
        className="flex items-center gap-2 border-t border-line p-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) save.mutate({ id: known?.id ?? null, name: name.trim(), filter })
        }}
      >
        <Input
          aria-label="Name of the filter"
          placeholder={filter === null ? 'Type a filter first' : 'Name of this filter'}
          disabled={filter === null}
          dir="auto"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" disabled={!ready}>
          {known === undefined ? 'Save' : 'Replace'}
        </Button>
      </form>
      {save.isError && <Notice tone="bad">{errorSentence(save.error)}</Notice>}
    </Popover>
  )
}
