import { asSluiceError, type ErrorCode, SluiceError } from '../../../domain/errors.ts'
import type { Endpoint } from '../../../domain/profile.ts'
import { hostText } from '../../../domain/redis-url.ts'
import { needPerson } from '../back-off.ts'
import type { Target } from '../client-options.ts'
import { askSentinel, roleOf, type SentinelAnswer } from './ask-sentinel.ts'
import { inTurn } from './in-turn.ts'

/** The master of a group, who named it, and the way to it. */
export interface FoundMaster extends SentinelAnswer {
  readonly target: Target
  readonly namedBy: Endpoint
}

export interface FindMasterOptions {
  /** What the Sentinels call the group. */
  readonly group: string
  /** In the order in which they are asked. */
  readonly sentinels: readonly Endpoint[]
  sentinelTarget(sentinel: Endpoint): Promise<Target>
  masterTarget(master: Endpoint): Promise<Target>
  /** Whether another took its place a moment ago: a Sentinel that still names it has not heard of that. */
  isReplaced?(master: Endpoint): boolean
  /** Takes the word of the Sentinels for it. */
  readonly unchecked?: boolean
}

/** Where all Sentinels fail alike, that says more than NO_MASTER does. */
const alike: readonly ErrorCode[] = ['AUTH_FAILED', 'TLS_FAILED', 'SSH_FAILED']

/**
 * Asks the Sentinels in turn who the master is, and the one they name whether it is (ROLE): after a failover a Sentinel
 * that was cut off still names the old one. Throws NO_MASTER with what each said, or what the master itself answered
 * (AUTH_FAILED, say).
 */
export async function findMaster(options: FindMasterOptions): Promise<FoundMaster> {
  /** Each named master is asked once, however many Sentinels name it. */
  const masters = new Map<string, Promise<Target>>()
  const check = (master: Endpoint) => {
    const known = masters.get(hostText(master)) ?? checked(options, master)
    masters.set(hostText(master), known)
    return known
  }
  async function ask(sentinel: Endpoint): Promise<FoundMaster> {
    const answer = await askSentinel(await options.sentinelTarget(sentinel), options.group)
    const { master } = answer
    const demandCurrent = () => {
      if (!options.isReplaced?.(master)) return
      throw new SluiceError('NO_MASTER', `It still names ${hostText(master)}, which another Sentinel has replaced.`)
    }
    demandCurrent()
    const target = options.unchecked ? await options.masterTarget(master) : await check(master)
    demandCurrent() // it may have happened meanwhile
    return { ...answer, namedBy: sentinel, target }
  }
  try {
    return await inTurn(options.sentinels, ask, { final: isFinal })
  } catch (error) {
    if (error instanceof MasterRefused) throw error.reason
    if (!(error instanceof AggregateError)) throw error
    throw nobody(options.sentinels, error.errors.map(asSluiceError))
  }
}

/** The master itself refused us: no Sentinel can help there. */
class MasterRefused extends Error {
  constructor(readonly reason: SluiceError) {
    super(reason.message)
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof MasterRefused || (error instanceof SluiceError && needPerson.includes(error.code))
}

const outOfReach: readonly ErrorCode[] = ['CONNECTION_REFUSED', 'CONNECT_TIMEOUT', 'HOST_NOT_FOUND']

async function checked(options: FindMasterOptions, master: Endpoint): Promise<Target> {
  const name = hostText(master)
  const target = await options.masterTarget(master)
  const role = await roleOf(target).catch((thrown: unknown) => {
    const error = asSluiceError(thrown)
    if (outOfReach.includes(error.code))
      throw new SluiceError('NO_MASTER', `It names ${name}. ${error.message} ${announced}`)
    if (error.code === 'AUTH_FAILED' || error.code === 'TLS_FAILED' || needPerson.includes(error.code)) {
      throw new MasterRefused(error)
    }
    throw new SluiceError('NO_MASTER', `It names ${name}. ${error.message}`)
  })
  if (role === 'master' || role === null) return target
  throw new SluiceError(
    'NO_MASTER',
    `It names ${name}, which says that it is ${role === 'slave' ? 'a replica' : role}.`,
  )
}

/** Why an address that a Sentinel or a node tells may lead nowhere. */
export const announced =
  'A Sentinel tells addresses of its own network: if Redis runs in a container or behind NAT, let it announce one that ' +
  'can be reached from here (replica-announce-ip), or go through SSH.'

const most = 5

function nobody(sentinels: readonly Endpoint[], errors: readonly SluiceError[]): SluiceError {
  const said = errors.map((error, place) => `${hostText(sentinels[place] as Endpoint)}: ${error.message}`)
  const all = [...said.slice(0, most), ...(said.length > most ? [`And ${said.length - most} more.`] : [])].join(' ')
  const first = errors[0]
  if (first && alike.includes(first.code) && errors.every(({ code }) => code === first.code)) {
    const remedy =
      first.code === 'AUTH_FAILED' ? ({ kind: 'secret', secret: 'sentinelPassword' } as const) : first.remedy
    return new SluiceError(first.code, `No Sentinel lets Sluice in. ${all}`, remedy)
  }
  return new SluiceError('NO_MASTER', `No Sentinel names a master that can be reached. ${all}`)
}
