import { type Command, useCommands } from '../../ui/commands.ts'

interface ListKeysProps {
  onMove(step: 1 | -1, stretch: boolean): void
  onPage(direction: 1 | -1): void
  onEnd(end: 'first' | 'last'): void
  onOpen: (() => void) | null
  onToggle: (() => void) | null
  onSelectAll(): void
  onGoTo(): void
  onRefresh(): void
  onRetry: (() => void) | null
  onMoveJobs: (() => void) | null
  onRemove: (() => void) | null
  onCopy: (() => void) | null
  onEscape: (() => void) | null
}

/** The keys of a list of jobs. It comes last in its screen, so that its Esc is asked before that of the filter. */
export function ListKeys(props: ListKeysProps) {
  const { onMove, onPage, onEnd, onOpen, onToggle, onSelectAll, onGoTo, onRefresh } = props
  const key = (keys: string, title: string, run: (() => void) | null, named = false): Command[] =>
    run === null ? [] : [{ id: `jobs.${keys}`, title, group: 'Jobs', keys, keyOnly: !named, run }]
  useCommands([
    ...key('j', 'Next job', () => onMove(1, false)),
    ...key('k', 'Previous job', () => onMove(-1, false)),
    ...key('arrowdown', 'Next job', () => onMove(1, false)),
    ...key('arrowup', 'Previous job', () => onMove(-1, false)),
    ...key('shift+j', 'Select down', () => onMove(1, true)),
    ...key('shift+k', 'Select up', () => onMove(-1, true)),
    ...key('shift+arrowdown', 'Select down', () => onMove(1, true)),
    ...key('shift+arrowup', 'Select up', () => onMove(-1, true)),
    ...key('pagedown', 'One page down', () => onPage(1)),
    ...key('pageup', 'One page up', () => onPage(-1)),
    ...key('home', 'First job', () => onEnd('first')),
    ...key('end', 'Last job', () => onEnd('last')),
    ...key('enter', 'Open the job', onOpen),
    ...key('x', 'Select the job', onToggle),
    ...key('mod+a', 'Select the loaded rows; again: all jobs', onSelectAll),
    ...key('#', 'Go to a place in the list', onGoTo, true),
    ...key('shift+r', 'Read the list again', onRefresh, true),
    ...key('r', 'Retry the selected jobs', props.onRetry, true),
    ...key('m', 'Move the selected jobs', props.onMoveJobs, true),
    ...key('delete', 'Remove the selected jobs', props.onRemove, true),
    ...key('backspace', 'Remove the selected jobs', props.onRemove),
    ...key('c', 'Copy the selected jobs as NDJSON', props.onCopy, true),
    ...key('escape', 'Close, or select nothing', props.onEscape),
  ])
  return null
}
