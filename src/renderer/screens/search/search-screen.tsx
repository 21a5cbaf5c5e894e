import { useQuery } from '@tanstack/react-query'
import { PlugZap, Search, SearchX } from 'lucide-react'
import { useEffect, useMemo, useRef } from 'react'
import { parseFilter } from '../../../domain/job-filter/parse.ts'
import { orpc } from '../../api/client.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { type Connection, isOpen, useConnections } from '../../state/connections.ts'
import { usePreferences } from '../../state/preferences.ts'
import { answers } from '../../state/searches.model.ts'
import { startSearch, stopSearching, useSearch } from '../../state/searches.ts'
import { Button } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatCounted } from '../../ui/format.ts'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { FilterHelp } from './filter-help.tsx'
import { filterWords } from './filter-words.model.ts'
import { FoundList } from './found-list.tsx'
import { SearchBar } from './search-bar.tsx'
import { scopePatch, scopeWords, wantedOf } from './search-question.model.ts'
import { SearchStatus } from './search-status.tsx'

/** Finds jobs by what is in them, in one state, one queue or all queues of a connection. */
export function SearchScreen({ connectionId }: { connectionId: string | null }) {
  const connections = useConnections()
  if (connections === undefined) return <SkeletonRows rows={16} />
  const open = connections.filter(isOpen)
  const connection =
    connectionId === null
      ? (open.find(({ status }) => status.status === 'ready') ?? open[0])
      : connections.find(({ profile }) => profile.id === connectionId)
  if (connection === undefined || !isOpen(connection)) {
    return (
      <EmptyState
        icon={<PlugZap size={20} />}
        title={connection === undefined ? 'No connection is open' : 'This connection is closed'}
        action={
          <Button
            look="primary"
            onClick={() =>
              navigate(connection === undefined ? routes.section('profiles') : routes.profile(connection.profile.id))
            }
          >
            {connection === undefined ? 'Choose a connection' : 'Show the connection'}
          </Button>
        }
      >
        Jobs are found in the queues of a connection that is open: by a word, by a field of their payload, by their
        error.
      </EmptyState>
    )
  }
  return <SearchIn key={connection.profile.id} connection={connection} connections={open} />
}

function SearchIn({ connection, connections }: { connection: Connection; connections: readonly Connection[] }) {
  const connectionId = connection.profile.id
  const [url, changeUrl] = useUrlState()
  const address = url.toString()
  const wanted = useMemo(() => wantedOf(new URLSearchParams(address)), [address])
  const budget = usePreferences((state) => state.budget)
  const { data: systems } = useQuery(orpc.app.systems.queryOptions({ staleTime: Number.POSITIVE_INFINITY }))
  const parsed = useMemo(() => parseFilter(wanted.filter), [wanted.filter])
  const problem = parsed !== null && 'problem' in parsed ? parsed : null
  const run = useSearch(connectionId)
  const running = run?.phase === 'running'
  const input = useRef<HTMLInputElement>(null)
  // One comes here to type, unless a search is here already.
  const fresh = useRef(run === undefined)
  useEffect(() => {
    if (fresh.current) input.current?.focus()
  }, [])
  const search = () => {
    if (problem !== null || connection.status.status !== 'ready') return
    startSearch(connectionId, { ...wanted, connectionId, budget })
  }
  const stop = () => stopSearching(connectionId)
  const current = run !== undefined && answers(run, wanted)
  useCommands([
    { id: 'search.focus', title: 'Type a filter', group: 'Jobs', keys: '/', run: () => input.current?.select() },
    { id: 'search.again', title: 'Search again', group: 'Jobs', keys: 'shift+r', run: search },
    ...(running ? [{ id: 'search.stop', title: 'Stop the search', group: 'Jobs', keys: 'escape', run: stop }] : []),
  ])
  return (
    <>
      <SearchBar
        connection={connection}
        connections={connections}
        systems={systems}
        wanted={wanted}
        problem={problem}
        hint={
          parsed === null || 'problem' in parsed
            ? 'Without a filter every job is found.'
            : `Finds jobs where ${filterWords(parsed)}.`
        }
        running={running}
        ready={problem === null && !current && (run !== undefined || wanted.filter.trim() !== '')}
        input={input}
        onChange={changeUrl}
        // The same question elsewhere: the queue may not be there, the filter may.
        onConnection={(id) => navigate(routes.search(id, wanted.filter === '' ? {} : { q: wanted.filter }))}
        onSearch={search}
        onStop={stop}
      />
      <SearchStatus
        run={run}
        other={
          run === undefined || current
            ? null
            : `${run.question.filter.trim() || 'every job'} in ${scopeWords(run.question, systems)}`
        }
      />
      {run === undefined ? (
        <div className="min-h-0 flex-1 overflow-y-auto px-3">
          <div className="mx-auto max-w-200 py-8">
            <h2 className="mb-4 text-lg font-semibold">Find jobs by what is in them</h2>
            <FilterHelp
              onChoose={(q) => {
                changeUrl({ q })
                input.current?.focus()
              }}
            />
          </div>
        </div>
      ) : run.found.length > 0 ? (
        <FoundList connection={connection} systems={systems} run={run} />
      ) : running ? (
        <EmptyState icon={<Search size={20} />} title="Nothing found yet">
          Matches appear here as they are found. Redis is given time for its own work in between: a higher budget is
          faster.
        </EmptyState>
      ) : (
        <EmptyState
          icon={<SearchX size={20} />}
          title={run.phase === 'failed' ? 'The search did not finish' : 'No job matches'}
          action={
            <>
              {run.phase !== 'done' && <Button onClick={search}>Search again</Button>}
              {current && run.phase === 'done' && (wanted.queue !== null || wanted.kinds.length > 0) && (
                <Button
                  onClick={() => {
                    changeUrl(scopePatch(null, null, null))
                    startSearch(connectionId, { ...wanted, queue: null, state: null, kinds: [], connectionId, budget })
                  }}
                >
                  Search all queues and states
                </Button>
              )}
            </>
          }
        >
          {run.phase === 'failed'
            ? (run.problem ?? '')
            : `${formatCounted(run.progress?.scanned ?? 0, 'job')} ${run.progress?.scanned === 1 ? 'was' : 'were'} read: ${scopeWords(run.question, systems)}.`}
        </EmptyState>
      )}
    </>
  )
}
