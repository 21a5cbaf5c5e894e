import { useUrlState } from '../../app/url-state.ts'
import { Tabs } from '../../ui/tabs.tsx'
import { JournalList } from './journal-list.tsx'
import { TrashView } from './trash-view.tsx'

const tabs = [
  { value: 'entries' as const, label: 'Entries' },
  { value: 'trash' as const, label: 'Trash' },
]

/** What was done here, and what of it can be put back. */
export function JournalScreen() {
  const [url, changeUrl] = useUrlState()
  const tab = url.get('tab') === 'trash' ? 'trash' : 'entries'
  return (
    <Tabs
      label="Journal"
      value={tab}
      onChange={(next) => changeUrl({ tab: next === 'entries' ? null : next })}
      tabs={tabs}
    >
      {tab === 'trash' ? <TrashView /> : <JournalList />}
    </Tabs>
  )
}
