import { isRefused, SluiceError } from '../../domain/errors.ts'
import { type Permissions, roles } from '../../domain/permission.ts'
import type { Profile } from '../../domain/profile.ts'
import type { Reader } from '../../systems/handles.ts'
import type { Master } from '../redis/connection.ts'
import { askByDryRun, askByRules } from './ask-permissions.ts'
import { aclLineOf, commandsOf, type ServerVersion } from './commands-of-role.ts'
import { lacksOf } from './lacks-of.ts'

/** What is taken for granted of a server that does not say what it is. */
const usual: ServerVersion = { major: 7, minor: 0 }

/**
 * What the Redis user of a connection may do, as the server says: 2 round trips, 4 before Redis 7. Nothing is tried. The
 * answer of a server that tells nothing about its users has a `problem`, and the lines all the same. Throws as the reader.
 */
export async function permissionsOf(reader: Reader, profile: Pick<Profile, 'readOnly'>): Promise<Permissions> {
  const [who, info] = await reader.pipeline([
    ['ACL', 'WHOAMI'],
    ['INFO', 'server'],
  ])
  const version = versionIn(Buffer.isBuffer(info) ? info.toString() : '')
  const told = (able: (role: (typeof roles)[number]) => string[] | null) =>
    roles.map((role) => {
      const missing = able(role)
      return { role, able: missing?.length === 0, missing: missing ?? [], acl: aclLineOf(role, version) }
    })
  if (!Buffer.isBuffer(who)) {
    if (who instanceof Error && !isRefused(who)) throw who
    const problem = 'This Redis does not tell what its users may do, so it shows only when it is tried.'
    return { user: null, roles: told(() => null), lacks: [], problem }
  }
  const user = who.toString()
  const all = commandsOf('admin', version)
  const answer = (await askByDryRun(reader, user, all)) ?? (await askByRules(reader, user, all))
  if (answer === null) {
    const problem = `The user ${user} may not ask what it may do: give it ACL DRYRUN, or ACL GETUSER and ACL CAT before Redis 7.`
    return { user, roles: told(() => null), lacks: [], problem }
  }
  return {
    user,
    roles: told((role) => [
      ...new Set(
        commandsOf(role, version).flatMap(({ name }) => (answer.refused.has(name) ? [name.replace('|', ' ')] : [])),
      ),
    ]),
    lacks: lacksOf(answer, version, profile.readOnly),
    problem: null,
  }
}

/**
 * The same for all masters of a cluster, each asked at a time: users are kept by each node for itself, so the answer is of
 * the one where this user may do the least. Rejects when one of them does.
 */
export async function permissionsOfAll(
  masters: readonly Pick<Master, 'reader'>[],
  profile: Pick<Profile, 'readOnly'>,
): Promise<Permissions> {
  if (masters.length === 0) throw new SluiceError('CONNECTION_LOST')
  const all = await Promise.all(masters.map(({ reader }) => permissionsOf(reader, profile)))
  const missing = ({ roles: told, problem }: Permissions) =>
    told.reduce((sum, role) => sum + role.missing.length, problem === null ? 0 : Number.POSITIVE_INFINITY)
  return all.reduce((least, one) => (missing(one) > missing(least) ? one : least))
}

function versionIn(info: string): ServerVersion {
  const [, major, minor] = /^redis_version:(\d+)\.(\d+)/m.exec(info) ?? []
  const cluster = /^redis_mode:cluster/m.test(info)
  return major === undefined ? usual : { major: Number(major), minor: Number(minor), cluster }
}
