import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { email, mail, stageTrash } from '../../../test/trash-stage.ts'
import { SluiceError } from '../../domain/errors.ts'
import type { Writer } from '../../systems/handles.ts'
import { trashTtlOf } from '../journal/journal-line.ts'
import type { Connection } from '../redis/connection.ts'

const on = stageTrash()
const { files, fileOf, trashKeys, removed, undo, everything, fillList, fillBullmq, start, restart } = on

describe('a crash', () => {
  /** A connection that is cut at the nth thing that is asked of it. */
  function cutAt(n: number): Connection {
    let left = n
    const maybe = <T extends (...args: never[]) => unknown>(work: T): T =>
      (async (...args: never[]) => {
        if (left-- <= 0) throw new SluiceError('OUTCOME_UNKNOWN')
        const answer = await work(...args)
        if (left-- <= 0) throw new SluiceError('OUTCOME_UNKNOWN')
        return answer
      }) as never
    const cut = (to: Writer): Writer => ({ call: maybe(to.call), pipeline: maybe(to.pipeline), run: maybe(to.run) })
    const reader = { call: maybe(on.connection.reader.call), pipeline: maybe(on.connection.reader.pipeline) }
    return {
      ...on.connection,
      id: on.connection.id,
      profile: on.connection.profile,
      reader,
      writer: () => cut(on.connection.writer()),
    }
  }

  it.each([
    ['a list', email, 'dead', () => fillList(2500)],
    ['BullMQ', mail, 'delayed', () => fillBullmq(30)],
  ] as const)('anywhere while it is moved loses nothing and doubles nothing: %s', async (_what, queue, state, fill) => {
    await fill()
    const before = await everything()
    let id = await removed(queue, state, 'all')
    for (let n = 0, ended = 0; ended < 2; n++) {
      on.given = cutAt(n)
      const isHere = on.journal.record(id)?.keptAt !== null
      const work = isHere ? on.trash.bringBack(id) : on.trash.keepHere(id)
      const failed = await work.then(
        () => false,
        () => true,
      )
      on.given = on.connection
      await restart()
      const entries = await on.trash.list('test')
      expect(
        entries.map((entry) => entry.id),
        `cut ${n}`,
      ).toEqual([id])
      if (entries[0]?.place === 'computer') expect(await trashKeys(), `cut ${n}`).toEqual([])
      else expect(files(), `cut ${n}`).toEqual([])
      if (!failed) ended++
      if (n % 5 === 4) {
        await undo(id)
        expect(await everything(), `undone after cut ${n}`).toEqual(before)
        expect(files()).toEqual([])
        id = await removed(queue, state, 'all')
      }
    }
    await undo(id)
    expect(await everything()).toEqual(before)
  })

  it('before the journal heard of the file leaves the entry in Redis, and the next look removes the file', async () => {
    await fillList()
    const before = await everything()
    const id = await removed(email, 'dead', 3)
    await on.trash.keepHere(id)
    const file = readFileSync(fileOf(id))
    await on.trash.bringBack(id)
    writeFileSync(fileOf(id), file)
    await restart()
    expect(await on.trash.list('test')).toMatchObject([{ id, place: 'redis' }])
    expect(files()).toEqual([])
    expect(await undo(id)).toMatchObject({ done: 3 })
    expect(await everything()).toEqual(before)
  })

  it('while it is emptied leaves no half of it to be put back, and the next look removes the rest', async () => {
    await fillBullmq(30)
    const id = await removed(mail, 'delayed', 'all')
    const all = await trashKeys()
    for (let n = 0; on.journal.record(id)?.emptiedAt === null; n++) {
      on.given = cutAt(n)
      await on.trash.empty(id).catch(() => {})
      on.given = on.connection
      await restart()
      if (on.journal.record(id)?.emptiedAt !== null) {
        await expect(on.trash.bringBack(id)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
        expect(await on.trash.list('test')).toEqual([])
        expect(await trashKeys()).toEqual([])
      } else {
        expect(await trashKeys(), `cut ${n}`).toEqual(all)
      }
    }
  })
})

describe('the list', () => {
  it('tells what can be put back, newest first, with what it takes up', async () => {
    await fillList(3000)
    await fillBullmq(300)
    const one = await removed(email, 'dead', 5)
    const two = await removed(mail, 'delayed', 'all')
    const three = await removed(email, 'dead', 'all')
    await on.trash.keepHere(one)
    const list = await on.trash.list('test')
    expect(list.map(({ id, place, jobs }) => [id, place, jobs])).toEqual([
      [three, 'redis', 2995],
      [two, 'redis', 300],
      [one, 'computer', 5],
    ])
    expect(list[0]).toMatchObject({
      action: 'purge',
      summary: 'Purged 2,995 jobs from email (dead)',
      expiresAt: (list[0]?.at ?? 0) + trashTtlOf('purge'),
    })
    const sizes = await Promise.all((await trashKeys()).map((key) => on.redis.client.memory('USAGE', key)))
    const real = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
    const told = (list[0]?.bytes ?? 0) + (list[1]?.bytes ?? 0)
    expect(told / real).toBeGreaterThan(0.7)
    expect(told / real).toBeLessThan(1.5)
    expect(await on.trash.used('test')).toBe(told)
  })

  it('leaves out what is gone from Redis, and says what is kept here while Redis is away', async () => {
    await fillList()
    const [gone, here, there] = [
      await removed(email, 'dead', 1),
      await removed(email, 'dead', 1),
      await removed(email, 'dead', 1),
    ]
    await on.redis.client.del(on.journal.record(gone)?.begun.trash ?? '')
    await on.trash.keepHere(here)
    expect((await on.trash.list('test')).map(({ id }) => id)).toEqual([there, here])
    on.given = {
      ...on.connection,
      id: 'test',
      profile: on.connection.profile,
      status: () => ({ ...on.connection.status(), status: 'reconnecting' }),
    }
    const list = await on.trash.list('test')
    expect(list.map(({ id, bytes }) => [id, bytes === null])).toEqual([
      [there, true],
      [here, false],
      [gone, true],
    ])
    await expect(on.trash.list('other')).rejects.toMatchObject({ code: 'NOT_OPEN' })
  })

  it('ends an Undo for good, in Redis and here, and writes that down', async () => {
    await fillList()
    const [one, two] = [await removed(email, 'dead', 2), await removed(email, 'dead', 3)]
    await on.trash.keepHere(two)
    const dead = await on.redis.client.llen('queue:email:dlq')
    await on.trash.empty(one)
    await on.trash.empty(two)
    await on.trash.empty(two)
    expect(await trashKeys()).toEqual([])
    expect(files()).toEqual([])
    expect(await on.trash.list('test')).toEqual([])
    expect(await on.redis.client.llen('queue:email:dlq')).toBe(dead)
    expect(on.journal.list(2).map(({ summary, undo }) => [summary, undo])).toEqual([
      ['Ended the Undo of “Removed 3 jobs from email (dead)”', 'What was in the trash is gone.'],
      ['Ended the Undo of “Removed 2 jobs from email (dead)”', 'What was in the trash is gone.'],
    ])
    expect(on.journal.list(10).find(({ id }) => id === one)?.undo).toBe('Its Undo was ended: the trash was emptied.')
  })

  it('keeps a file whose journal was damaged until its time is over', async () => {
    await fillList()
    const id = await removed(email, 'dead', 3)
    await on.trash.keepHere(id)
    await on.journal.close()
    const path = join(on.folder, 'journal', 'test.ndjson')
    const lines = readFileSync(path, 'utf8').split('\n')
    writeFileSync(path, lines.filter((line) => !line.includes('"kept"')).join('\n'))
    appendFileSync(path, 'torn\n')
    await start()
    expect(await on.trash.list('test')).toMatchObject([{ id, place: 'computer' }])
    expect(await undo(id)).toMatchObject({ done: 3 })
  })
})
