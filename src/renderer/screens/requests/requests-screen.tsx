import { PlugZap } from 'lucide-react'
import type { ReactNode } from 'react'
import { errorSentence } from '../../api/error-text.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { type Connection, isOpen, useConnection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatCompact, formatCount } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { useNow } from '../../ui/use-now.ts'
import { NoRequests } from './no-requests.tsx'
import { RequestList } from './request-list.tsx'
import { RequestPanel } from './request-panel.tsx'
import { phaseLooks } from './request-status.tsx'
import { countAll, type RequestStore } from './request-store.ts'
import { phases, type Tab } from './requests.model.ts'
import { RequestsToolbar } from './requests-toolbar.tsx'
import { useRequests } from './use-requests.ts'

/** The tracked requests of a connection, live. */
export function RequestsScreen({ connectionId }: { connectionId: string | null }) {
  const connection = useConnection(connectionId)
  if (connection === undefined) return <SkeletonRows rows={16} />
  if (!isOpen(connection)) {
    return (
      <EmptyState
        icon={<PlugZap size={20} />}
        title="This connection is closed"
        action={
          <Button look="primary" onClick={() => navigate(routes.profile(connection.profile.id))}>
            Show the connection
          </Button>
        }
      >
        Open it to follow its requests live.
      </EmptyState>
    )
  }
  return <LiveRequests connection={connection} />
}

/** More updates a second than this, and bars do not glide. */
const calmUpdates = 500

/** Tells what is in it (`group-data-calm/requests`) whether updates are few. */
function Calm({ store, children }: { store: RequestStore; children: ReactNode }) {
  const calm = store.meter.perSecond(useNow()) < calmUpdates
  return (
    <div data-calm={calm ? '' : undefined} className="group/requests flex min-h-0 flex-1">
      {children}
    </div>
  )
}

function LiveRequests({ connection }: { connection: Connection }) {
  const { store, outline, state } = useRequests(connection.profile.id)
  const reached = connection.status.status === 'ready'
  const [url, changeUrl] = useUrlState()
  const filter = url.get('q') ?? ''
  const opened = url.get('request')
  const tab: Tab = phases.find((phase) => phase === url.get('status')) ?? 'all'
  const tabs = [
    { value: 'all' as Tab, label: 'All', count: <Count count={countAll(outline)} /> },
    ...phases.map((phase) => ({
      value: phase as Tab,
      label: phaseLooks[phase].label,
      count: <Count count={outline.counts[phase]} loud={phase === 'failed'} />,
    })),
  ]
  return (
    <>
      <RequestsToolbar
        connection={connection}
        filter={filter}
        onFilter={(text) => changeUrl({ q: text || null })}
        store={store}
        live={state.phase === 'live' && reached}
      />
      {state.phase === 'failed' && (
        <Notice tone="bad" flush live>
          The requests cannot be followed: {errorSentence(state.error)} It is tried again by itself.
        </Notice>
      )}
      {outline.partial !== null && reached && (
        <Notice tone="info" flush>
          <RedisText text={outline.partial} />
        </Notice>
      )}
      <Tabs<Tab>
        label="Status"
        value={tab}
        onChange={(next) => changeUrl({ status: next === 'all' ? null : next })}
        tabs={tabs}
      >
        {outline.waiting ? (
          state.phase !== 'failed' && <SkeletonRows rows={16} />
        ) : countAll(outline) === 0 && opened === null ? (
          reached ? (
            <NoRequests connection={connection} />
          ) : (
            <EmptyState icon={<PlugZap size={20} />} title="No request was seen yet">
              Redis cannot be reached now. Requests appear here as soon as it can be.
            </EmptyState>
          )
        ) : (
          <Calm store={store}>
            <RequestList key={tab} store={store} outline={outline} tab={tab} filter={filter} opened={opened} />
            {opened !== null && (
              <RequestPanel
                key={opened}
                store={store}
                hash={opened}
                connection={connection}
                onClose={() => changeUrl({ request: null })}
              />
            )}
          </Calm>
        )}
      </Tabs>
    </>
  )
}

/** Room for five characters whatever the count, so that the tabs stand still. */
function Count({ count, loud }: { count: number; loud?: boolean }) {
  return (
    <span
      className={loud && count > 0 ? 'inline-block min-w-9 font-medium text-bad' : 'inline-block min-w-9'}
      title={formatCount(count)}
    >
      {formatCompact(count)}
    </span>
  )
}
