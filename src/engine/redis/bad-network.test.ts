import { describe, expect, it } from 'vitest'
import { at, codeOf, ready, shows, stageConnections } from '../../../test/connection-stage.ts'

const { behindProxy, follow, serve } = stageConnections()

describe('a network that is against it', () => {
  it('swallows everything, or all answers: the silence is noticed, and over when it is over', async () => {
    const server = await serve()
    const proxy = await behindProxy(server)
    const { reaches } = follow(at(proxy.port))
    for (const fault of [proxy.blackHole, proxy.swallowReplies, proxy.freeze]) {
      await reaches(ready)
      fault()
      expect(await reaches(({ status }) => status === 'reconnecting')).toMatchObject({ code: 'COMMAND_TIMEOUT' })
      proxy.heal()
    }
    await reaches(ready)
  })

  it('delivers what it held back: a write of unknown outcome may be done, but never twice', async () => {
    const server = await serve()
    const proxy = await behindProxy(server)
    const { connection, reaches } = follow(at(proxy.port))
    await reaches(ready)
    const writer = connection.writer()
    await writer.call('SET', 'count', '0')
    proxy.freeze()
    const outcome = codeOf(writer.call('INCR', 'count'))
    await reaches(({ status }) => status === 'reconnecting')
    expect(await outcome).toBe('OUTCOME_UNKNOWN')
    proxy.heal()
    await reaches(ready)
    expect(await connection.reader.call('GET', 'count')).toEqual(Buffer.from('1'))
  })

  it('answers garbage from the start: that is no Redis', async () => {
    const server = await serve()
    const proxy = await behindProxy(server)
    proxy.garble('HTTP/1.1 400 Bad Request\r\n\r\n')
    const { connection, reaches } = follow(at(proxy.port))
    expect(await reaches(shows('NOT_REDIS'))).toMatchObject({ status: 'failed' })
    proxy.heal()
    await connection.check()
    expect(connection.status().status).toBe('ready')
  })

  it('garbles an answer of what was Redis: the connection is cut, and comes back', async () => {
    const server = await serve()
    const proxy = await behindProxy(server)
    const { connection, told, reaches } = follow(at(proxy.port), { everyMs: 60_000, timeoutMs: 500 })
    await reaches(ready)
    proxy.garble('oops\r\n')
    expect(await codeOf(connection.reader.call('GET', 'key'))).toBe('CONNECTION_LOST')
    proxy.heal()
    await reaches(({ status }) => status === 'reconnecting')
    await reaches(ready)
    expect(told.some(({ status }) => status === 'failed')).toBe(false)
    expect(told.find(({ problem }) => problem !== null)).toMatchObject({
      status: 'reconnecting',
      code: 'CONNECTION_LOST',
    })
  })

  it('refuses, delays, and cuts the log-in after any number of bytes', async () => {
    const server = await serve('--requirepass', 'right')
    const proxy = await behindProxy(server)
    const { connection, reaches } = follow(at(proxy.port, 'right'), { everyMs: 60_000, timeoutMs: 2000 })
    proxy.delay(20)
    await reaches(ready)
    proxy.delay(0)
    proxy.refuse()
    proxy.cut()
    expect((await reaches(({ status }) => status === 'reconnecting')).problem).toMatch(/\S/)
    proxy.heal()
    await reaches(ready)
    for (const direction of ['request', 'reply'] as const) {
      for (let bytes = 0; bytes < 30; bytes += 7) {
        proxy.cutAfter(direction, bytes)
        proxy.cut()
        await reaches(({ status }) => status !== 'ready')
        // What is left of the cut may meet the command instead of the log-in.
        while ((await codeOf(connection.reader.call('PING'))) !== 'no error') await connection.check()
        expect(connection.status()).toMatchObject({ status: 'ready', code: null })
      }
    }
  })

  it('comes back after CLIENT KILL', async () => {
    const server = await serve()
    const { connection, reaches } = follow(at(server.port), { everyMs: 60_000, timeoutMs: 500 })
    await reaches(ready)
    await server.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await reaches(({ status }) => status === 'reconnecting')
    await reaches(ready)
    expect(await connection.reader.call('PING')).toEqual(Buffer.from('PONG'))
  })
})
