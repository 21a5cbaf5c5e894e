import type { RenderedMessage } from '../../../domain/pool.ts'
import { useUrlState } from '../../app/url-state.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { previewDocument } from './message-preview.model.ts'

/** A message as its reader would see it, and as plain text. Nothing in it can run or load anything. */
export function MessagePreview({ message }: { message: RenderedMessage }) {
  const [url, changeUrl] = useUrlState()
  const view = message.html === null || url.get('view') === 'text' ? 'text' : 'html'
  return (
    <article aria-label="Message" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <header className="flex shrink-0 items-start gap-3 border-b border-line px-4 py-2">
        <div className="min-w-0 flex-1">
          <RedisText text={message.subject ?? message.type} truncate className="font-semibold" selectable />
          <div className="flex min-w-0 gap-1.5 text-sm text-muted">
            to <RedisText text={message.to} truncate selectable />
            <span className="shrink-0">
              · attempt {message.attempt} · <RelativeTime at={message.at} />
            </span>
          </div>
        </div>
        {message.html !== null && (
          <Segmented
            label="Show as"
            value={view}
            onChange={(next) => changeUrl({ view: next === 'html' ? null : next })}
            options={[
              { value: 'html', label: 'HTML' },
              { value: 'text', label: 'Text' },
            ]}
          />
        )}
      </header>
      {message.error !== null && (
        <Notice tone="bad" flush>
          <RedisText text={message.error} selectable />
        </Notice>
      )}
      {view === 'html' && message.html !== null ? (
        <iframe
          title="Message as its reader sees it"
          sandbox=""
          srcDoc={previewDocument(message.html)}
          className="min-h-0 flex-1 bg-white"
        />
      ) : (
        <div className="min-h-0 flex-1 overflow-y-auto p-4">
          <RedisText text={message.text} lines selectable className="block max-w-prose" />
        </div>
      )}
    </article>
  )
}
