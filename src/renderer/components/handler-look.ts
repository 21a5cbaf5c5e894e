import { FileCode2, FileSpreadsheet, type LucideIcon, Mail, MessageSquare, Radar, Webhook } from 'lucide-react'
import type { HandlerId, PoolSystem } from '../../domain/pool.ts'

/** What a handler is called, and its sign. */
export const handlerLooks: Record<HandlerId, { label: string; Icon: LucideIcon }> = {
  email: { label: 'E-mail', Icon: Mail },
  sms: { label: 'SMS', Icon: MessageSquare },
  http: { label: 'HTTP call', Icon: Webhook },
  csv: { label: 'CSV import', Icon: FileSpreadsheet },
  request: { label: 'Local API', Icon: Radar },
  own: { label: 'Own file', Icon: FileCode2 },
}

/** The handlers that make sense of the jobs of each system, the likeliest first. */
export const fittingHandlers: Record<PoolSystem, readonly HandlerId[]> = {
  'plain-list': ['email', 'sms', 'own'],
  'http-jobs': ['http', 'own'],
  bull: ['own', 'csv'],
  bullmq: ['own', 'csv'],
  'request-tracker': ['request', 'own'],
}

/** The last part of a path. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) || path
}
