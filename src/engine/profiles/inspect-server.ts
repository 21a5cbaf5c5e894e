import type { ErrorCode } from '../../domain/errors.ts'
import type { Topology } from '../../domain/profile.ts'
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
export async function inspectServer(reader: Reader, topology: Topology['kind'] = 'standalone'): Promise<Finding[]> {
  const [server, replication, scan, user] = await reader.pipeline([
    ['INFO', 'server'],
    ['INFO', 'replication'],
    ['SCAN', '0', 'COUNT', 1],
    ['ACL', 'WHOAMI'],
  ])
  const info = fields(server, replication)
  if (info.get('redis_mode') === 'sentinel') {
    const detail =
      'This is a Sentinel, which holds no queues: choose Sentinel, and give the name of the master that it watches.'
    return [{ name: 'Redis', ok: false, detail, code: 'UNSUPPORTED' }]
  }
  const isReplica = info.get('role') === 'slave'
  if (topology === 'sentinel' && isReplica) {
    const detail = `${productOf(info)}, a replica: the Sentinels do not agree on a master at the moment.`
    return [{ name: 'Redis', ok: false, detail, code: 'NO_MASTER' }]
  }
  return [
    { name: 'Redis', ok: true, detail: identity(info, isReplica, topology) },
    ...age(info),
    lookingAround(server, scan),
    isReplica ? replica : await writing(reader, user),
  ]
}

/** The oldest version that all of it is tested with. Valkey began at 7.2. */
const oldest = [6, 2] as const

function age(info: Map<string, string>): Finding[] {
  const version = info.get('redis_version') ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (!/^\d+\.\d+/.test(version) || major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return []
  const detail = `${version} is older than ${oldest.join('.')}, the oldest that Sluice is made for: some things will not work.`
  return [{ name: 'Version', ok: false, detail }]
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

function productOf(info: Map<string, string>): string {
  const valkey = info.get('valkey_version')
  const version = info.get('redis_version')
  return valkey ? `Valkey ${valkey}` : version ? `Redis ${version}` : 'A Redis of unknown version'
}

function identity(info: Map<string, string>, isReplica: boolean, topology: Topology['kind']): string {
  const product = productOf(info)
  if (info.get('redis_mode') === 'cluster' && topology !== 'cluster') {
    return `${product}, one node of a cluster: only what it holds is shown, so choose Cluster.`
  }
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
