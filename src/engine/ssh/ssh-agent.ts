import { type BaseAgent, createAgent } from 'ssh2'
import { SluiceError } from '../../domain/errors.ts'

/** An agent that answered, and how many keys it holds. */
export interface FoundAgent {
  readonly agent: BaseAgent
  readonly keys: number
}

/** Windows: the service of OpenSSH, then Pageant. Elsewhere the agent says itself where it is. */
const windowsAgents = ['\\\\.\\pipe\\openssh-ssh-agent', 'pageant']

/** How long an agent may take to say what it holds. */
const answerMs = 3_000

/** Finds the SSH agent of this person. Throws SSH_AUTH_FAILED with a sentence when none answers, or it holds no key. */
export async function findAgent(env: NodeJS.ProcessEnv = process.env): Promise<FoundAgent> {
  const named = env.SSH_AUTH_SOCK ? [env.SSH_AUTH_SOCK] : []
  const places = process.platform === 'win32' ? [...named, ...windowsAgents] : named
  if (places.length === 0) {
    throw new SluiceError(
      'SSH_AUTH_FAILED',
      'No SSH agent is known here: SSH_AUTH_SOCK is not set. Start one, or use a key.',
    )
  }
  let answered = false
  for (const place of places) {
    const agent = createAgent(place)
    const keys = await identities(agent)
    answered ||= keys !== null
    if (keys) return { agent, keys }
  }
  const why = answered ? 'The SSH agent holds no key: add one with ssh-add.' : 'The SSH agent does not answer.'
  throw new SluiceError('SSH_AUTH_FAILED', why)
}

/** How many keys it holds; null when it does not answer. */
function identities(agent: BaseAgent): Promise<number | null> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(null), answerMs)
    agent.getIdentities((error, keys) => {
      clearTimeout(late)
      resolve(error ? null : (keys?.length ?? 0))
    })
  })
}
