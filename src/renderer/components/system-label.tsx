import { Boxes, Layers, List, type LucideIcon, Radar, Sunrise, Webhook, Workflow } from 'lucide-react'
import type { SystemId } from '../../domain/queue.ts'

const systems: Record<SystemId, { label: string; Icon: LucideIcon }> = {
  'plain-list': { label: 'Plain list', Icon: List },
  'http-jobs': { label: 'HTTP jobs', Icon: Webhook },
  'request-tracker': { label: 'Requests', Icon: Radar },
  laravel: { label: 'Laravel', Icon: Layers },
  horizon: { label: 'Horizon', Icon: Sunrise },
  bull: { label: 'Bull', Icon: Workflow },
  bullmq: { label: 'BullMQ', Icon: Boxes },
}

/** A system's short name. */
export function systemLabel(system: SystemId): string {
  return systems[system].label
}

/** The sign of a queue system, with its name in the title. */
export function SystemIcon({ system, size = 14 }: { system: SystemId; size?: number }) {
  const { label, Icon } = systems[system]
  return (
    <span title={label} className="inline-flex shrink-0 text-faint">
      <Icon size={size} strokeWidth={1.75} aria-label={label} />
    </span>
  )
}
