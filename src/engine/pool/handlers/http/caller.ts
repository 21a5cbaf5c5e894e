import { lookup as resolveByName } from 'node:dns/promises'
import * as http from 'node:http'
import * as https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { HttpCall } from './http-call.ts'
import { isPrivate } from './private-network.ts'

/** All addresses of a name, as the computer finds them; rejects when there are none. */
export type Resolve = (name: string) => Promise<readonly { readonly address: string; readonly family: number }[]>

/** Sends one request and resolves with the head of the answer; its body is read, or destroyed, by who asked. */
export type Caller = (call: HttpCall, signal: AbortSignal) => Promise<http.IncomingMessage>

/** The other side is in a private network: nothing was sent there. */
export class PrivateTargetError extends Error {
  override readonly name = 'PrivateTargetError'
}

/**
 * A connection without work is closed after this time. So short, because a server closes it too, and a call that is
 * just under way then is lost without a word on whether it was done.
 */
const idleMs = 1000
/** How long each address of a name is tried before the next. Node's quarter of a second is too little for far servers. */
const attemptMs = 1500

/**
 * Calls servers over connections that are kept while there is work. Without `privateTargets` the address that is really
 * connected to is looked at, whatever the name stood for a moment ago, and a PrivateTargetError is thrown before anything
 * is sent. Any number of calls may be under way; none waits for another, and nothing ends one but its signal.
 */
export function createCaller(privateTargets: boolean, resolve: Resolve = (name) => resolveByName(name, { all: true })) {
  const lookup = lookupBy(together(resolve), privateTargets)
  const options = { keepAlive: true, timeout: idleMs, lookup, autoSelectFamilyAttemptTimeout: attemptMs }
  const agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) }
  const caller: Caller = ({ url, method, headers, body }, signal) => {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    // An address is connected to without a lookup.
    if (!privateTargets && isIP(host) !== 0 && isPrivate(host)) return Promise.reject(new PrivateTargetError(host))
    const secure = url.protocol === 'https:'
    const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) }
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(url, {
        method,
        headers: { accept: '*/*', 'user-agent': 'Sluice', ...Object.fromEntries(headers), ...length },
        agent: agents[secure ? 'https:' : 'http:'],
        signal,
      })
      request.on('response', resolve)
      request.on('error', reject)
      request.end(body ?? undefined)
    })
  }
  return caller
}

/** For `net.connect`: what it gets is what it connects to, so that no second answer can differ from the one looked at. */
function lookupBy(resolve: Resolve, privateTargets: boolean): LookupFunction {
  return (name, { all }, callback) => {
    resolve(name).then(
      (found) => {
        const usable = privateTargets ? found : found.filter(({ address }) => !isPrivate(address))
        const [first] = usable
        if (first === undefined) callback(found.length > 0 ? new PrivateTargetError(name) : notFound(name), [])
        else if (all) callback(null, [...usable])
        else callback(null, first.address, first.family)
      },
      (error) => callback(error, []),
    )
  }
}

const notFound = (name: string) => Object.assign(new Error(`${name} has no address`), { code: 'ENOTFOUND' })

/** Node resolves but two names at a time, so calls that begin together and go to one name share its answer. */
function together(resolve: Resolve): Resolve {
  const asked = new Map<string, ReturnType<Resolve>>()
  return (name) => {
    const known = asked.get(name)
    if (known) return known
    const answer = resolve(name).finally(() => asked.delete(name))
    asked.set(name, answer)
    return answer
  }
}
