import { isRefused } from '../../domain/errors.ts'
import type { Command, Reader, Reply } from '../../systems/handles.ts'
import type { RoleCommand } from './commands-of-role.ts'

/** What a user may do: the commands that are refused, and whether keys or channels are out of reach. */
export interface Answer {
  readonly refused: ReadonlySet<string>
  readonly someKeys: boolean
  readonly someChannels: boolean
}

const asArgs = (name: string) => name.split('|')

/**
 * Asks Redis about each command, without running any (ACL DRYRUN, Redis 7): 1 round trip. Null where it cannot be asked so.
 */
export async function askByDryRun(
  reader: Reader,
  user: string,
  commands: readonly RoleCommand[],
): Promise<Answer | null> {
  // "0" is a number where a command wants one, and a key like any other where it wants that.
  const asked = commands.map(
    ({ name, args }): Command => ['ACL', 'DRYRUN', user, ...asArgs(name), ...Array(args).fill('0')],
  )
  const replies = await reader.pipeline(asked)
  if (isRefused(replies[0])) return null
  const refused = new Set<string>()
  const beyond: string[] = []
  let someChannels = false
  for (const [i, { name }] of commands.entries()) {
    const reply = replies[i]
    const said = reply instanceof Error ? reply.message : String(reply)
    if (said === 'OK') continue
    if (/access the .*key/.test(said)) beyond.push(name)
    else if (/access the .*channel/.test(said)) someChannels = true
    // A command that this server does not have at all cannot be run either.
    else if (/run the|not found/.test(said)) refused.add(name)
    else if (reply instanceof Error) throw reply
  }
  // Who may read that key and not write it may write nothing; who may not even read it has other keys.
  const someKeys = beyond.includes('GET')
  if (!someKeys) for (const name of beyond) refused.add(name)
  return { refused, someKeys, someChannels }
}

/**
 * Reads what the user may do out of ACL GETUSER, for servers before 7.0: 2 round trips. Null where it cannot be read.
 */
export async function askByRules(
  reader: Reader,
  user: string,
  commands: readonly RoleCommand[],
): Promise<Answer | null> {
  const [reply] = await reader.pipeline([['ACL', 'GETUSER', user]])
  const facts = factsOf(reply)
  const rules = facts
    .get('commands')
    ?.split(' ')
    .filter((rule) => rule !== '')
  if (rules === undefined) return null
  const names = [...new Set(rules.flatMap((rule) => /^[+-]@(.+)$/.exec(rule)?.[1] ?? []))].filter(
    (name) => name !== 'all',
  )
  const replies = await reader.pipeline(names.map((name): Command => ['ACL', 'CAT', name]))
  const categories = new Map<string, ReadonlySet<string>>()
  for (const [i, name] of names.entries()) {
    const members = replies[i]
    if (!Array.isArray(members)) return null
    categories.set(name, new Set(members.map((member) => String(member).toLowerCase())))
  }
  const refused = commands.filter(({ name }) => !allows(rules, categories, name.toLowerCase())).map(({ name }) => name)
  const every = (field: string, all: string) =>
    facts
      .get(field)
      ?.split(' ')
      .some((each) => each === all || each === all.slice(1))
  return { refused: new Set(refused), someKeys: !every('keys', '~*'), someChannels: !every('channels', '&*') }
}

/** The rules that mean a command, one after another: the last of them counts. */
function allows(rules: readonly string[], categories: ReadonlyMap<string, ReadonlySet<string>>, name: string): boolean {
  const [command] = asArgs(name)
  let allowed = false
  for (const rule of rules) {
    const what = rule.slice(1)
    const members = what.startsWith('@') ? categories.get(what.slice(1)) : undefined
    const isMeant =
      what === '@all' || what === command || what === name || members?.has(name) || members?.has(command ?? '')
    if (isMeant) allowed = rule.startsWith('+')
  }
  return allowed
}

/** The fields of a reply of names and values in turn; lists as texts with blanks, as newer servers write them. */
function factsOf(reply: Reply | undefined): Map<string, string> {
  const facts = new Map<string, string>()
  if (!Array.isArray(reply)) return facts
  for (let i = 0; i + 1 < reply.length; i += 2) {
    const value = reply[i + 1]
    facts.set(String(reply[i]), Array.isArray(value) ? value.map(String).join(' ') : String(value))
  }
  return facts
}
