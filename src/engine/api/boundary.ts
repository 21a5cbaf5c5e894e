import { implement, ORPCError } from '@orpc/server'
import { z } from 'zod'
import { contract } from '../../contract/contract.ts'
import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import type { Profile } from '../../domain/profile.ts'
import type { VaultState } from '../../domain/vault.ts'
import type { Connections } from '../connections/connections.ts'
import { redactError } from '../error-log/redact-error.ts'
import type { ApiSwitch } from '../http-api/api-switch.ts'
import type { Journal } from '../journal/journal.ts'
import type { Links } from '../links/links.ts'
import type { LiveQueues } from '../live/live-queues.ts'
import type { LocalWorkers } from '../local-workers.ts'
import type { Notifications } from '../notifications.ts'
import type { OperatorTools } from '../operator-tools.ts'
import type { PolicyStore } from '../policies/policy-store.ts'
import type { ProfileStore } from '../profiles/profile-store.ts'
import type { SecretStore } from '../profiles/secret-store.ts'
import type { LiveRequests } from '../requests/live-requests.ts'
import type { Sampler } from '../sampler/sampler.ts'
import type { HostKeys } from '../ssh/host-keys.ts'
import type { SshTunnels } from '../ssh/ssh-tunnels.ts'

/** What the boundary is served from. */
export interface Parts {
  readonly info: () => {
    version: string
    shell: 'electron' | 'browser'
    platform: string
    demo: boolean
    dataFolder: string
    secretsKept: VaultState['kind']
    notices: string[]
  }
  readonly profiles: ProfileStore
  readonly secrets: SecretStore
  readonly hostKeys: HostKeys
  readonly ssh: SshTunnels
  /** The profile of the private Redis, when it runs. */
  readonly builtIn: Profile | null
  readonly connections: Connections
  readonly sampler: Sampler
  readonly tools: OperatorTools
  readonly journal: Journal
  readonly workers: LocalWorkers
  readonly api: ApiSwitch
  readonly notifications: Notifications
  readonly links: Links
  readonly policies: PolicyStore
  readonly requests: LiveRequests
  readonly live: LiveQueues
}

const os = implement(contract)

/** An input that was refused, with the fields that are to blame; oRPC would add what stood in them. */
function withoutInput({ code, status, message, data }: ORPCError<string, unknown>): ORPCError<string, unknown> {
  const { issues } = z
    .object({ issues: z.array(z.object({ code: z.string(), path: z.array(z.unknown()) })) })
    .catch({ issues: [] })
    .parse(data)
  const fields = issues.map((issue) => ({ code: issue.code, field: String(issue.path[0] ?? '') }))
  return new ORPCError(code, { status, message, data: { issues: fields } })
}

/** Errors leave the engine as a code of the closed list with one sentence; what nobody foresaw as INTERNAL. */
const told = os.middleware(async ({ next }) => {
  try {
    return await next()
  } catch (error) {
    if (error instanceof ORPCError) throw withoutInput(error)
    const { code, message, retryable, remedy } = asSluiceError(error)
    // The error of a library may carry a password or a payload: what is told of it ends here.
    const cause = error instanceof SluiceError ? error : new Error(redactError(error))
    throw new ORPCError(code, { message, data: { retryable, remedy }, cause })
  }
})

/** The contract, to be served one line at a time. */
export const on = os.use(told)

/** The open connection that a question names; throws NOT_OPEN. */
export const opened =
  ({ connections }: Parts) =>
  (input: { connectionId: string }) =>
    connections.get(input.connectionId)
