import type { AnyAuthMethod, Prompt } from 'ssh2'
import { SluiceError } from '../../domain/errors.ts'
import type { SecretName, SshHost } from '../../domain/profile.ts'
import { serverName } from './connect-tcp.ts'
import { type OpenedKeys, readKeyFile, readPrivateKey } from './private-key.ts'
import { findAgent } from './ssh-agent.ts'

/** Which of the two servers of a profile: the one that Redis is reached from, or the jump host before it. */
export type SshRole = 'ssh' | 'jump'

/** Asks for a secret of the profile; null when it is not known. */
export type AskSecret = (name: SecretName) => Promise<string | null>

/** How to log in to one server, once. */
export interface Login {
  readonly username: string
  /** What to try next, given what the server still takes; false when nothing is left. */
  next(left: readonly string[]): AnyAuthMethod | false
  /** Why it was refused. */
  refusal(): SluiceError
}

/** The password, or what opens the key. */
const passwordOf = { ssh: 'ssh', jump: 'jump' } as const satisfies Record<SshRole, SecretName>
const keyOf = { ssh: 'sshKey', jump: 'jumpKey' } as const satisfies Record<SshRole, SecretName>

/**
 * Collects what a log-in needs before anything is connected. Throws SECRET_MISSING with the remedy, or SSH_AUTH_FAILED with
 * a sentence where a key or the agent is of no use.
 */
export async function prepareLogin(
  host: SshHost,
  role: SshRole,
  secret: AskSecret,
  opened: OpenedKeys,
): Promise<Login> {
  const who = `${host.username}@${host.host}`
  const keyOptions = (name: string) => ({
    ...{ name, passphraseName: passwordOf[role], opened },
    passphrase: () => secret(passwordOf[role]),
  })
  switch (host.login) {
    case 'password':
      return passwordLogin(host, role, await needed(secret, passwordOf[role], `The password of ${who}`))
    case 'key': {
      const name = `The key of ${who}`
      const key = await readPrivateKey(await needed(secret, keyOf[role], name), keyOptions(name))
      return oneMethod(host, 'publickey', name, { type: 'publickey', username: host.username, key })
    }
    case 'keyFile': {
      const key = await readPrivateKey(await readKeyFile(host.keyFile), keyOptions(`The key file ${host.keyFile}`))
      const name = `The key of ${host.keyFile}`
      return oneMethod(host, 'publickey', name, { type: 'publickey', username: host.username, key })
    }
    case 'agent': {
      const { agent, keys } = await findAgent()
      const name = keys === 1 ? 'The key of the SSH agent' : `Each of the ${keys} keys of the SSH agent`
      return oneMethod(host, 'publickey', name, { type: 'agent', username: host.username, agent })
    }
  }
}

async function needed(secret: AskSecret, name: SecretName, what: string): Promise<string> {
  const known = await secret(name)
  if (known !== null && known !== '') return known
  throw new SluiceError('SECRET_MISSING', `${what} is not known here: enter it.`, { kind: 'secret', secret: name })
}

/** Tries one method, once. `asks` is what the server calls it. */
function oneMethod(host: SshHost, asks: string, name: string, method: AnyAuthMethod): Login {
  let tried = false
  let takes: readonly string[] = []
  return {
    username: host.username,
    next(left) {
      takes = left
      if (tried || !left.includes(asks)) return false
      tried = true
      return method
    },
    refusal() {
      const { username } = host
      const server = serverName(host)
      // After a key was taken the server may ask for more, and then no longer names the method.
      if (tried && !takes.includes(asks)) return new SluiceError('SSH_AUTH_FAILED', moreThanOne(server, takes))
      if (!tried) return new SluiceError('SSH_AUTH_FAILED', `${server} takes no keys, only: ${listed(takes)}.`)
      return new SluiceError('SSH_AUTH_FAILED', `${name} was refused by ${server} for the user ${username}.`)
    },
  }
}

/**
 * Servers that ask for the password themselves (`keyboard-interactive`, as PAM does) get it when they ask one hidden
 * question, and once: a second question may be for a code, and a question that is shown is none for a password.
 */
function passwordLogin(host: SshHost, role: SshRole, password: string): Login {
  const { username } = host
  const server = serverName(host)
  const tried = new Set<string>()
  let takes: readonly string[] = []
  let asksMore = false
  let answered = false

  function answer(prompts: readonly Prompt[]): string[] {
    if (prompts.length === 1 && prompts[0]?.echo !== true && !answered) {
      answered = true
      return [password]
    }
    asksMore = true
    return []
  }

  return {
    username,
    next(left) {
      takes = left
      const wanted = ['password', 'keyboard-interactive'].find((name) => left.includes(name) && !tried.has(name))
      if (wanted === undefined) return false
      tried.add(wanted)
      if (wanted === 'password') return { type: 'password', username, password }
      return {
        ...{ type: 'keyboard-interactive', username },
        prompt: (_name, _instructions, _lang, prompts, finish) => finish(answer(prompts)),
      }
    },
    refusal() {
      if (asksMore) {
        return new SluiceError(
          'SSH_AUTH_FAILED',
          `${server} asks for more than a password, a code perhaps, which Sluice cannot answer: use a key.`,
        )
      }
      if (tried.size === 0) {
        return new SluiceError('SSH_AUTH_FAILED', `${server} takes no passwords, only: ${listed(takes)}.`)
      }
      if (![...tried].some((name) => takes.includes(name))) {
        return new SluiceError('SSH_AUTH_FAILED', moreThanOne(server, takes))
      }
      return new SluiceError('SSH_AUTH_FAILED', `${server} refused the user ${username} or the password.`, {
        ...{ kind: 'secret', secret: passwordOf[role] },
      })
    },
  }
}

const moreThanOne = (server: string, takes: readonly string[]) =>
  `${server} wants more than one proof, next: ${listed(takes)}. Sluice gives one.`

const words: Readonly<Record<string, string>> = {
  publickey: 'keys',
  password: 'passwords',
  'keyboard-interactive': 'answers to questions',
  'gssapi-with-mic': 'Kerberos',
  hostbased: 'trusted hosts',
}

/** Only words of ours: a server may call its methods anything. */
function listed(methods: readonly string[]): string {
  const known = methods.map((method) => words[method] ?? 'others')
  return known.length === 0 ? 'nothing' : [...new Set(known)].join(', ')
}
