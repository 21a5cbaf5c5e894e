import { afterAll, beforeAll, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import { Payload, stringsIn } from './payload.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

it.each([[0], [1], [15], [16], [300], [66_000]])(
  'reads what Redis packed: %i strings of all lengths',
  async (count) => {
    const lengths = [0, 1, 31, 32, 255, 256, 65_535, 65_536]
    await redis.client.flushall()
    const texts = Array.from({ length: count }, (_, i) => Buffer.alloc(lengths[i % (count > 300 ? 4 : 8)] as number, i))
    for (let from = 0; from < count; from += 1000) await redis.client.rpush('list', ...texts.slice(from, from + 1000))
    const packed = await redis.client.callBuffer(
      'EVAL',
      "return cmsgpack.pack(redis.call('LRANGE', KEYS[1], 0, -1))",
      1,
      'list',
    )
    const places = stringsIn(packed as Buffer)
    expect(places).toHaveLength(2 * count)
    const read = texts.map((_, i) =>
      new Payload(packed as Buffer, places[2 * i], places[2 * i + 1]).raw.toString('hex'),
    )
    expect(read).toEqual(texts.map((text) => text.toString('hex')))
  },
)
