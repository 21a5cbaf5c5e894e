import { CircleHelp, Search, Square } from 'lucide-react'
import { type RefObject, useState } from 'react'
import type { FilterProblem } from '../../../domain/job-filter/parse.ts'
import type { SystemInfo } from '../../../domain/queue.ts'
import { BudgetChoice } from '../../components/budget-choice.tsx'
import { GuardedButton } from '../../components/guarded-button.tsx'
import type { Connection } from '../../state/connections.ts'
import type { Wanted } from '../../state/searches.model.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Popover } from '../../ui/popover.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Select } from '../../ui/select.tsx'
import { FilterBox } from './filter-box.tsx'
import { FilterHelp } from './filter-help.tsx'
import { SavedFilters } from './saved-filters.tsx'
import { QueueScope, StateScope } from './scope-choice.tsx'
import { scopePatch } from './search-question.model.ts'

interface SearchBarProps {
  connection: Connection
  connections: readonly Connection[]
  systems: readonly SystemInfo[] | undefined
  wanted: Wanted
  problem: FilterProblem | null
  /** How the filter is understood. */
  hint: string
  running: boolean
  /** What Enter would look for is not what is shown. */
  ready: boolean
  input: RefObject<HTMLInputElement | null>
  onChange(patch: Record<string, string | null>): void
  onConnection(id: string): void
  onSearch(): void
  onStop(): void
}

/** What is looked for, and where. */
export function SearchBar(props: SearchBarProps) {
  const { connection, connections, systems, wanted, problem, hint, running, ready, input } = props
  const { onChange, onConnection, onSearch, onStop } = props
  const { filter, queue, state, kinds } = wanted
  const [helping, setHelping] = useState(false)
  const reachable = connection.status.status === 'ready'
  const blocked = problem?.problem ?? (reachable ? null : 'Redis is not reachable at the moment.')
  const put = (text: string) => {
    onChange({ q: text === '' ? null : text })
    input.current?.focus()
  }
  return (
    <div className="@container shrink-0 px-3 pt-2 pb-2">
      <div className="flex items-start gap-2">
        <FilterBox
          value={filter}
          problem={problem}
          hint={hint}
          ready={ready && !running}
          input={input}
          onChange={(text) => onChange({ q: text === '' ? null : text })}
          onSubmit={onSearch}
        />
        <Popover
          label="The language of filters"
          open={helping}
          onOpenChange={setHelping}
          align="end"
          className="w-170 overflow-y-auto p-3"
          trigger={
            <IconButton label="What a filter can say" icon={<CircleHelp size={15} aria-hidden />} className="mt-1" />
          }
        >
          <FilterHelp
            onChoose={(text) => {
              setHelping(false)
              put(text)
            }}
          />
        </Popover>
        <SavedFilters filter={problem === null && filter.trim() !== '' ? filter.trim() : null} onChoose={put} />
        {running ? (
          <Button className="h-8! w-24" icon={<Square size={11} fill="currentColor" aria-hidden />} onClick={onStop}>
            Stop
          </Button>
        ) : (
          <GuardedButton
            look={blocked === null ? 'primary' : 'plain'}
            className="h-8! w-24"
            icon={<Search size={13} aria-hidden />}
            reason={blocked}
            onClick={onSearch}
          >
            Search
          </GuardedButton>
        )}
      </div>
      <div className="mt-1 flex items-center gap-2">
        <span className="shrink-0 text-sm text-muted">in</span>
        <Select
          label="Connection"
          value={connection.profile.id}
          onChange={onConnection}
          options={connections.map(({ profile }) => ({
            value: profile.id,
            label: <RedisText text={profile.name} truncate />,
          }))}
          className="w-44 min-w-24 shrink"
        />
        <QueueScope
          connectionId={connection.profile.id}
          queue={queue}
          onChange={(next) => onChange(scopePatch(next, null, null))}
        />
        <StateScope
          systems={systems}
          queue={queue}
          state={state}
          kind={kinds[0] ?? null}
          onState={(next) => onChange(scopePatch(queue, next, null))}
          onKind={(next) => onChange(scopePatch(null, null, next))}
        />
        <span className="flex-1" />
        <BudgetChoice />
      </div>
    </div>
  )
}
