import {
  AlarmClock,
  CopyPlus,
  FastForward,
  FileDown,
  FlaskConical,
  NotebookPen,
  PencilRuler,
  RotateCcw,
  Send,
} from 'lucide-react'
import type { StateInfo } from '../../../domain/queue.ts'
import type { MenuEntry } from '../../ui/menu.tsx'
import type { Reasons } from './use-chosen.ts'

interface JobMenuOptions {
  info: StateInfo
  /** Whether its system can give a job all attempts again. */
  resets: boolean
  reasons: Reasons
  onReset(): void
  onReschedule(): void
  onDuplicate(): void
  /** Changes the payloads of all of them. */
  onEditMany?: () => void
  /** Copies into another connection. */
  onCopyAway(): void
  onExport(): void
  /** Writes to the log of the one job that is open. */
  onLog?: () => void
  /** Runs the one job that is open, by a handler of this desktop. */
  onRun?: () => void
  /** Why that one cannot be run; null when it can. */
  runReason?: string | null
}

/** What a job is mostly put to work by: delayed ones are promoted, all others retried. */
export function primaryOf(info: StateInfo): { action: 'promote' | 'retry'; label: string; icon: typeof RotateCcw } {
  if (info.actions.promote === true) return { action: 'promote', label: 'Run now', icon: FastForward }
  const runsAgain = info.kind === 'completed' ? 'Run again' : info.id === 'stalled' ? 'Put back' : 'Retry'
  return { action: 'retry', label: runsAgain, icon: RotateCcw }
}

/** The less frequent actions on jobs; what a system never does is left out, what it cannot do now says why. */
export function jobMenu({ info, resets, reasons, runReason, ...on }: JobMenuOptions): MenuEntry[] {
  const entry = (action: keyof Reasons, label: string, icon: MenuIcon, onChoose: () => void): MenuEntry => ({
    label,
    icon,
    onChoose,
    unavailable: reasons[action] ?? undefined,
  })
  return [
    ...(resets && info.actions.retry === true
      ? [entry('retry', 'Retry with all attempts', <RotateCcw size={14} aria-hidden />, on.onReset)]
      : []),
    ...(info.actions.reschedule === true
      ? [entry('reschedule', 'Change the time…', <AlarmClock size={14} aria-hidden />, on.onReschedule)]
      : []),
    entry('duplicate', 'Duplicate', <CopyPlus size={14} aria-hidden />, on.onDuplicate),
    ...(on.onEditMany === undefined || info.actions.edit !== true
      ? []
      : [entry('edit', 'Edit many…', <PencilRuler size={14} aria-hidden />, on.onEditMany)]),
    ...(on.onLog === undefined
      ? []
      : [entry('log', 'Write to its log…', <NotebookPen size={14} aria-hidden />, on.onLog)]),
    'separator',
    {
      label: 'Copy to another connection…',
      icon: <Send size={14} aria-hidden />,
      onChoose: on.onCopyAway,
    },
    { label: 'Export…', icon: <FileDown size={14} aria-hidden />, onChoose: on.onExport },
    ...(on.onRun === undefined
      ? []
      : [
          'separator' as const,
          {
            label: 'Run exactly this job…',
            icon: <FlaskConical size={14} aria-hidden />,
            unavailable: runReason ?? undefined,
            onChoose: on.onRun,
          },
        ]),
  ]
}

type MenuIcon = Exclude<MenuEntry, 'separator'>['icon']
