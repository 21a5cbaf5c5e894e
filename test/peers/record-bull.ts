import { readFileSync, writeFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import type { BullRecording } from '../recorded/bull-recording.ts'
import { startRedis } from '../redis.ts'
import { bullPeer, fillBull } from './bull.ts'
import { bullmqPeer, fillBullmq } from './bullmq.ts'

/**
 * Makes the recordings in test/recorded anew, after an upgrade of a library: `npx tsx test/peers/record-bull.ts`, then
 * `npx biome format --write test/recorded`.
 * Paths in stacks are shortened to /app, so that no recording tells whose computer made it.
 */
const places: Record<string, 'list' | 'zset'> = {
  wait: 'list',
  paused: 'list',
  active: 'list',
  prioritized: 'zset',
  delayed: 'zset',
  'waiting-children': 'zset',
  failed: 'zset',
  completed: 'zset',
}

async function record(redis: Redis, made: string, ids: Record<string, unknown>): Promise<BullRecording> {
  const states: Record<string, { id: string; score: string | null }[]> = {}
  const jobs: Record<string, Record<string, string>> = {}
  const locked: string[] = []
  for (const [state, type] of Object.entries(places)) {
    const key = `bull:mail:${state}`
    const flat = type === 'list' ? await redis.lrange(key, 0, -1) : await redis.zrange(key, '0', '-1', 'WITHSCORES')
    const found = flat.flatMap((id, i) =>
      type === 'list' ? [{ id, score: null }] : i % 2 === 0 ? [{ id, score: flat[i + 1] ?? null }] : [],
    )
    if (found.length > 0) states[state] = found
    for (const { id } of found) {
      const hash = await redis.hgetall(`bull:mail:${id}`)
      jobs[id] = Object.fromEntries(
        Object.entries(hash).map(([name, value]) => [name, value.replaceAll(process.cwd(), '/app')]),
      )
      if ((await redis.exists(`bull:mail:${id}:lock`)) === 1) locked.push(id)
    }
  }
  return { made, ids, states, locked, jobs }
}

function versionOf(library: string): string {
  const manifest = readFileSync(new URL(`../../node_modules/${library}/package.json`, import.meta.url), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  return version
}

const server = await startRedis()
const fills = {
  'bull-4.16': async () => {
    const peer = bullPeer(server.port, 'mail')
    return { peer, made: `bull ${versionOf('bull')}`, ids: await fillBull(peer) }
  },
  'bullmq-5': async () => {
    const peer = bullmqPeer(5, server.port, 'mail')
    return { peer, made: `bullmq ${versionOf('bullmq5')}`, ids: await fillBullmq(peer) }
  },
  'bullmq-6': async () => {
    const peer = bullmqPeer(6, server.port, 'mail')
    return { peer, made: `bullmq ${versionOf('bullmq')}`, ids: await fillBullmq(peer) }
  },
}
for (const [file, fill] of Object.entries(fills)) {
  await server.client.flushall()
  const { peer, made, ids } = await fill()
  const recording = await record(server.client, made, ids)
  writeFileSync(new URL(`../recorded/${file}.json`, import.meta.url), `${JSON.stringify(recording, null, 2)}\n`)
  await peer.close()
}
await server.stop()
