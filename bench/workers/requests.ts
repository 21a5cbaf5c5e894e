import { Agent, createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type HttpApi, startHttpApi } from '../../src/engine/http-api/http-api.ts'
import type { Operations } from '../../src/engine/operations/operations.ts'
import type { Connection } from '../../src/engine/redis/connection.ts'
import { changeRequest } from '../../src/engine/requests/change-request.ts'
import { createRequest } from '../../src/engine/requests/create-request.ts'
import { queueOfBase } from '../../src/systems/request-tracker/keys.ts'
import { openTestConnection } from '../../test/connection.ts'
import { startRedis, type TestRedis } from '../../test/redis.ts'
import { median, type Report } from '../report.ts'

const tracker = queueOfBase('local_request')
const token = 'bench'
const samples = 3000
const pollers = 1000
const pollEveryMs = 5000
const liveRequests = 10_000

/** All bars of live requests. `short` polls for 15 s in place of a minute. */
export async function benchRequests(report: Report, short = false): Promise<void> {
  await statusByApi(report)
  await progressUpdate(report)
  await polling(report, short ? 15_000 : 60_000)
  await memoryOfRequests(report)
}

/** A request half way, of the size and shape that the application writes. */
async function beginRequest(connection: Connection, n: number): Promise<string> {
  const { hash } = await createRequest(connection.writer(), tracker, {
    service: 'credit-score-rating',
    serviceId: 7,
    data: JSON.stringify({ national_code: String(1_000_000_000 + n), mobile: `0912${1_000_000 + n}` }),
    estimatedDuration: 150,
    userId: String(1000 + n),
    sessionId: `session-${n}`,
  })
  return hash
}

async function advance(connection: Connection, hash: string, progress: number): Promise<void> {
  const message = 'ارسال درخواست به درگاه دولت هوشمند...'
  const outcome = await changeRequest(connection.writer(), [tracker], hash, {
    type: 'progress',
    progress,
    step: 'authentication',
    message,
  })
  if (outcome.done !== 1) throw new Error('the update was not done')
}

async function withApi(
  work: (server: TestRedis, connection: Connection, api: HttpApi) => Promise<void>,
): Promise<void> {
  const server = await startRedis()
  const connection = await openTestConnection(server)
  const api = await startHttpApi({
    port: 0,
    origins: [],
    token,
    connection: () => connection,
    queues: async () => [],
    operations: {} as Operations, // nothing here retries
    lastSample: () => null,
    limits: { callsPerSecond: 100_000 },
  })
  try {
    await work(server, connection, api)
  } finally {
    await api.close()
    connection.close()
    await server.stop()
  }
}

/** One GET; resolves to its ms. Throws for any answer but 200. */
function timedGet(port: number, path: string, agent: Agent): Promise<number> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const request = send(
      { host: '127.0.0.1', port, path, agent, headers: { authorization: `Bearer ${token}` } },
      (response) => {
        response.resume()
        response.once('end', () => {
          if (response.statusCode === 200) resolve(performance.now() - began)
          else reject(new Error(`answered ${response.statusCode}`))
        })
      },
    )
    request.once('error', reject)
    request.end()
  })
}

const portOf = (address: string) => Number(new URL(address).port)

/** A status by the API, next to the same GET and nothing else behind the same kind of server. In turns, one at a time. */
async function statusByApi(report: Report): Promise<void> {
  await withApi(async (_server, connection, api) => {
    const hash = await beginRequest(connection, 1)
    await advance(connection, hash, 50)
    const bare = createServer(async (_request, response) => {
      const bytes = await connection.reader.call('GET', `local_request:${hash}`)
      response.writeHead(200, { 'content-type': 'application/json' }).end(bytes)
    })
    await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve))
    const barePort = (bare.address() as AddressInfo).port
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const path = `/api/local-requests/${hash}/status`
    const times = { api: [] as number[], bare: [] as number[] }
    for (let n = 0; n < samples; n++) {
      times.bare.push(await timedGet(barePort, '/', agent))
      times.api.push(await timedGet(portOf(api.address), path, agent))
    }
    const over = median(times.api) - median(times.bare)
    report.add({
      case: 'status',
      metric: 'median',
      value: median(times.api),
      unit: 'ms',
      peer: 'bare GET',
      ratio: median(times.api) / median(times.bare),
    })
    report.add({ case: 'status', metric: 'over a bare GET', value: over, unit: 'ms' })
    agent.destroy()
    bare.closeAllConnections()
    bare.close()
  })
}

/** One progress update, from the call to its answer, one at a time. */
async function progressUpdate(report: Report): Promise<void> {
  await withApi(async (_server, connection) => {
    const hash = await beginRequest(connection, 1)
    const times: number[] = []
    for (let n = 0; n < samples; n++) {
      const began = performance.now()
      await advance(connection, hash, n % 100)
      times.push(performance.now() - began)
    }
    times.sort((a, b) => a - b)
    report.add({ case: 'progress', metric: 'median', value: median(times), unit: 'ms' })
    report.add({ case: 'progress', metric: 'p99', value: times[Math.floor(times.length * 0.99)] ?? 0, unit: 'ms' })
  })
}

/** 1,000 pages, each with a connection and a request of its own, each asking every 5 s, while those requests go on. */
async function polling(report: Report, ms: number): Promise<void> {
  await withApi(async (_server, connection, api) => {
    const hashes: string[] = []
    for (let n = 0; n < pollers; n++) hashes.push(await beginRequest(connection, n))
    const port = portOf(api.address)
    const agent = new Agent({ keepAlive: true, maxSockets: pollers, maxFreeSockets: pollers, timeout: 60_000 })
    const times: number[] = []
    let errors = 0
    const end = performance.now() + ms
    const page = async (hash: string, n: number) => {
      for (let at = performance.now() + (n * pollEveryMs) / pollers; at < end; at += pollEveryMs) {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())))
        await timedGet(port, `/api/local-requests/${hash}/status`, agent).then(
          (took) => times.push(took),
          () => errors++,
        )
      }
    }
    const bot = async () => {
      for (let n = 0; performance.now() < end; n++) {
        await advance(connection, hashes[n % pollers] ?? '', n % 100)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    await Promise.all([...hashes.map(page), bot()])
    agent.destroy()
    times.sort((a, b) => a - b)
    const name = `1,000 pages, ${ms / 1000} s`
    report.add({ case: name, metric: 'calls', value: times.length, unit: '' })
    report.add({ case: name, metric: 'errors', value: errors, unit: '' })
    report.add({ case: name, metric: 'median', value: median(times), unit: 'ms' })
    report.add({ case: name, metric: 'p99', value: times[Math.floor(times.length * 0.99)] ?? 0, unit: 'ms' })
  })
}

/** What 10,000 requests half way add to Redis' used_memory, with their list. */
async function memoryOfRequests(report: Report): Promise<void> {
  await withApi(async (server, connection) => {
    const used = async () => Number(/used_memory:(\d+)/.exec(await server.client.info('memory'))?.[1])
    const before = await used()
    for (let from = 0; from < liveRequests; from += 100) {
      await Promise.all(
        Array.from({ length: 100 }, async (_, n) => advance(connection, await beginRequest(connection, from + n), 50)),
      )
    }
    const mb = ((await used()) - before) / 1024 / 1024
    report.add({ case: '10,000 requests', metric: 'used_memory', value: mb, unit: 'MB' })
  })
}
