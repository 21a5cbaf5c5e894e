import type { ConnectionStatus } from '../../domain/profile.ts'
import { classNames } from '../ui/class-names.ts'
import { plainVisible } from '../ui/redis-text.model.ts'

const looks: Record<ConnectionStatus['status'], { words: string; dot: string }> = {
  ready: { words: 'Connected', dot: 'rounded-full bg-good' },
  connecting: { words: 'Connecting', dot: 'rounded-full border-[1.5px] border-warn' },
  reconnecting: { words: 'Connection lost, trying again', dot: 'rounded-full border-[1.5px] border-warn bg-warn/35' },
  failed: { words: 'Cannot connect', dot: 'rotate-45 rounded-[1px] bg-bad' },
  closed: { words: 'Closed', dot: 'rounded-full border-[1.5px] border-faint' },
}

/** In words what a connection does. */
export function connectionWords(status: ConnectionStatus): string {
  return looks[status.status].words
}

/** It is connected, or about to be for the first time: what it has not told yet may come any moment. */
export function isOnItsWay({ status }: ConnectionStatus): boolean {
  return status === 'ready' || status === 'connecting'
}

/** What a connection does, by shape and colour: full, ring, half, diamond. */
export function ConnectionDot({ status }: { status: ConnectionStatus }) {
  const { words, dot } = looks[status.status]
  const warns = status.status === 'ready' && status.problem !== null
  return (
    <span
      role="img"
      aria-label={words}
      title={status.problem === null ? words : plainVisible(`${words}: ${status.problem}`)}
      className={classNames('inline-block size-2 shrink-0', warns ? 'rounded-full bg-warn' : dot)}
    />
  )
}
