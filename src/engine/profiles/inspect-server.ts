import type { ErrorCode } from '../../domain/errors.ts'
import type { Reader, Reply } from '../../systems/handles.ts'

/** One thing that was tried; `detail` is a sentence for the person. */
export interface TestStep {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

/** What a step found, with the code of the closed list when it is not as it should be. */
export type Finding = TestStep & { readonly code?: ErrorCode }

/**
 * Tells what answers (product, version, role) and what this user may do there: 2 round trips, all reads. Whether it may
 * write is asked of Redis (ACL DRYRUN, Redis 7), never tried.
 */
export async function inspectServer(reader: Reader): Promise<Finding[]> {
  const [server, replication, scan, user] = await reader.pipeline([
    ['INFO', 'server'],
    ['INFO', 'replication'],
    ['SCAN', '0', 'COUNT', 1],
    ['ACL', 'WHOAMI'],
  ])
  const info = fields(server, replication)
  if (info.get('redis_mode') === 'sentinel') {
    const detail = 'This is a Sentinel, which holds no queues: give the address of the Redis that it watches.'
    return [{ name: 'Redis', ok: false, detail, code: 'UNSUPPORTED' }]
  }
  const isReplica = info.get('role') === 'slave'
  return [
    { name: 'Redis', ok: true, detail: identity(info, isReplica) },
    lookingAround(server, scan),
    isReplica ? replica : await writing(reader, user),
  ]
}

const replica: Finding = {
  name: 'Write',
  ok: false,
  detail: 'This is a read-only replica: you can look, but act only on its master.',
  code: 'READ_ONLY',
}

function fields(...replies: (Reply | undefined)[]): Map<string, string> {
  const lines = replies.flatMap((reply) => (Buffer.isBuffer(reply) ? reply.toString().split('\r\n') : []))
  return new Map(lines.filter((line) => line.includes(':')).map((line) => line.split(/:(.*)/s, 2) as [string, string]))
}

function identity(info: Map<string, string>, isReplica: boolean): string {
  const valkey = info.get('valkey_version')
  const version = info.get('redis_version')
  const product = valkey ? `Valkey ${valkey}` : version ? `Redis ${version}` : 'A Redis of unknown version'
  if (info.get('redis_mode') === 'cluster') return `${product}, one node of a cluster: only what it holds is shown.`
  return isReplica ? `${product}, a replica.` : `${product}.`
}

function lookingAround(info: Reply | undefined, scan: Reply | undefined): Finding {
  const name = 'Look around'
  const missing = [
    ...(info instanceof Error ? ['INFO, so there are no memory figures'] : []),
    ...(scan instanceof Error ? ['SCAN, so queues are found only where you name them by hand'] : []),
  ]
  if (missing.length === 0) return { name, ok: true, detail: 'The user may run INFO and SCAN.' }
  return { name, ok: false, detail: `The user may not run ${missing.join('; nor ')}.`, code: 'NO_PERMISSION' }
}

async function writing(reader: Reader, user: Reply | undefined): Promise<Finding> {
  const name = 'Write'
  const unknown: Finding = { name, ok: true, detail: 'Whether the user may write shows only when it is tried.' }
  if (!Buffer.isBuffer(user)) return unknown
  const answers = await reader.pipeline([
    ['ACL', 'DRYRUN', user, 'EVAL', 'return 1', 0],
    ['ACL', 'DRYRUN', user, 'RPUSH', 'queue:permission', 'job'],
  ])
  if (!answers.every((answer) => Buffer.isBuffer(answer))) return unknown
  const refusals = answers.map(String).filter((answer) => answer !== 'OK')
  if (refusals.length === 0) return { name, ok: true, detail: 'The user may write.' }
  if (refusals.every((answer) => /key/.test(answer) && !/run the/.test(answer))) {
    return { name, ok: true, detail: 'The user may write, though not to every key.' }
  }
  return { name, ok: false, detail: 'The user may not write: you can look, but not act.', code: 'NO_PERMISSION' }
}
