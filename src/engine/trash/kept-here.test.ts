import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { email, mail, stageTrash } from '../../../test/trash-stage.ts'
import { trashTtlOf } from '../journal/journal-line.ts'
import { createSecrets } from '../profiles/create-secrets.ts'
import { memorySecretStore } from '../profiles/secret-store.ts'

const on = stageTrash()
const { files, fileOf, trashKeys, removed, undo, everything, fillList, fillBullmq, restart } = on

describe('what is kept on this computer', () => {
  it.each([
    ['removed entries of a list', email, 'dead', 7, () => fillList()],
    ['a purged list of 30,000', email, 'dead', 'all', () => fillList(30_000)],
    ['removed jobs of BullMQ', mail, 'delayed', 6, () => fillBullmq()],
    ['a purged state of BullMQ', mail, 'delayed', 'all', () => fillBullmq(300)],
  ] as const)('goes back to where it was, byte for byte: %s', async (_what, queue, state, count, fill) => {
    await fill()
    const before = await everything()
    const id = await removed(queue, state, count)
    const without = await everything()
    const entry = await on.trash.keepHere(id)
    expect(entry).toMatchObject({ id, place: 'computer', queue, jobs: on.journal.record(id)?.ended?.done })
    expect(entry.bytes).toBe(readFileSync(fileOf(id)).length)
    expect(await trashKeys()).toEqual([])
    expect(await everything()).toEqual(without)
    await restart()
    expect(await on.trash.list('test')).toEqual([entry])
    expect(await undo(id)).toMatchObject({ exact: true })
    expect(await everything()).toEqual(before)
    expect(files()).toEqual([])
    expect(await on.trash.list('test')).toEqual([])
  })

  it('shows nothing of the jobs to who has the file alone', async () => {
    await on.redis.client.rpush('queue:email:dlq', JSON.stringify({ id: '1', card: 'canary-4711' }))
    const id = await removed(email, 'dead', 1)
    await on.trash.keepHere(id)
    expect(readFileSync(fileOf(id), 'latin1')).not.toContain('canary')
    expect(files()).toHaveLength(1)
  })

  it('is used as it was written or not at all', async () => {
    await fillList()
    const [one, two] = [await removed(email, 'dead', 3), await removed(email, 'dead', 3)]
    await on.trash.keepHere(one)
    await on.trash.keepHere(two)
    const whole = readFileSync(fileOf(one))
    const damaged = { code: 'DISK_FAILED', message: expect.stringMatching(/not as it was written/) }
    for (const bytes of [
      whole.subarray(0, -1),
      whole.subarray(0, 40),
      Buffer.concat([whole, Buffer.from('x')]),
      flipped(whole),
    ]) {
      writeFileSync(fileOf(one), bytes)
      await expect(on.trash.bringBack(one)).rejects.toMatchObject(damaged)
    }
    renameSync(fileOf(two), fileOf(one)) // the file of another entry
    await expect(on.trash.bringBack(one)).rejects.toMatchObject({
      code: 'DISK_FAILED',
      message: expect.stringMatching(/another entry/),
    })
    await expect(on.trash.bringBack(two)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await trashKeys()).toEqual([])
    writeFileSync(fileOf(one), whole)
    expect(await undo(one)).toMatchObject({ done: 3 })
  })

  it('is read to its end before any of it goes back', async () => {
    await fillList(30_000)
    const id = await removed(email, 'dead', 'all')
    await on.trash.keepHere(id)
    const whole = readFileSync(fileOf(id))
    expect(whole.length).toBeGreaterThan(1_000_000)
    writeFileSync(fileOf(id), flipped(whole))
    await expect(on.trash.bringBack(id)).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(await on.redis.client.keys('*')).toEqual([])
  })

  const flipped = (bytes: Buffer) => {
    const copy = Buffer.from(bytes)
    copy.writeUInt8(copy.readUInt8(bytes.length - 60) ^ 4, bytes.length - 60)
    return copy
  }

  it('stays in Redis where nobody could keep the key of the file, or the disk takes nothing', async () => {
    await fillList()
    const id = await removed(email, 'dead', 3)
    const keys = await trashKeys()
    on.secrets = memorySecretStore()
    await restart()
    expect(on.trash.canKeepHere).toMatch(/no keychain/)
    await expect(on.trash.keepHere(id)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    on.secrets = { ...memorySecretStore(), kind: 'keychain' }
    writeFileSync(join(on.folder, 'trash'), 'a file where the folder should be')
    await restart()
    await expect(on.trash.keepHere(id)).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(await trashKeys()).toEqual(keys)
    expect(await on.trash.list('test')).toMatchObject([{ id, place: 'redis', jobs: 3 }])
  })

  it('is not given a new key while the old one cannot be had', async () => {
    await fillList()
    const [one, two] = [await removed(email, 'dead', 3), await removed(email, 'dead', 3)]
    await on.trash.keepHere(one)
    const good = on.secrets
    on.secrets = { ...memorySecretStore(), kind: 'keychain' }
    await restart()
    await expect(on.trash.keepHere(two)).rejects.toMatchObject({ code: 'SECRET_MISSING' })
    await expect(on.trash.bringBack(one)).rejects.toMatchObject({ code: 'SECRET_MISSING' })
    on.secrets = good
    await restart()
    expect(await undo(one)).toMatchObject({ done: 3 })
  })

  it('waits in Redis, or in its file, for the passphrase of a vault', async () => {
    await fillList()
    const [one, two] = [await removed(email, 'dead', 3), await removed(email, 'dead', 3)]
    on.secrets = await createSecrets({ folder: on.folder, keychain: null, cost: { N: 1024, r: 8, p: 1 } })
    await restart()
    expect(on.trash.canKeepHere).toMatch(/no keychain or vault/)
    await on.secrets.vault.make('a passphrase')
    expect(on.trash.canKeepHere).toBe(true)
    await on.trash.keepHere(one)
    await on.secrets.vault.lock()
    await expect(on.trash.keepHere(two)).rejects.toMatchObject({ code: 'VAULT_LOCKED', remedy: { kind: 'vault' } })
    await expect(on.trash.bringBack(one)).rejects.toMatchObject({ code: 'VAULT_LOCKED' })
    expect(await on.trash.list('test')).toMatchObject([
      { id: two, place: 'redis' },
      { id: one, place: 'computer' },
    ])
    await on.secrets.vault.unlock('a passphrase')
    await on.trash.keepHere(two)
    expect(await undo(one)).toMatchObject({ done: 3 })
    expect(await undo(two)).toMatchObject({ done: 3 })
  })

  it('waits while its action or its Undo runs', async () => {
    await fillList()
    const id = await removed(email, 'dead', 3)
    const releases = [on.trash.hold(id), on.trash.hold(id)]
    await expect(on.trash.keepHere(id)).rejects.toMatchObject({ code: 'CHANGED' })
    releases[0]?.()
    releases[0]?.()
    await expect(on.trash.empty(id)).rejects.toMatchObject({ code: 'CHANGED' })
    releases[1]?.()
    await on.trash.keepHere(id)
    expect(await trashKeys()).toEqual([])
  })

  it('is not moved when it is gone, done with, or under way', async () => {
    await fillList()
    const [gone, undone, open] = [
      await removed(email, 'dead', 1),
      await removed(email, 'dead', 1),
      await removed(email, 'dead', 1),
    ]
    await on.redis.client.del(on.journal.record(gone)?.begun.trash ?? '')
    await expect(on.trash.keepHere(gone)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await undo(undone)
    await expect(on.trash.keepHere(undone)).rejects.toMatchObject({ code: 'UNSUPPORTED', message: 'Undone already.' })
    await on.redis.client.persist(on.journal.record(open)?.begun.trash ?? '') // as the entry of a run that has more to do
    await expect(on.trash.keepHere(open)).rejects.toMatchObject({ code: 'CHANGED' })
    await expect(on.trash.empty(open)).rejects.toMatchObject({ code: 'CHANGED' })
    const cut = await removed(email, 'dead', 'all')
    await on.journal.end(cut, { done: 1, missing: 0, refused: 0, error: 'The connection broke.', after: null })
    await expect(on.trash.keepHere(cut)).rejects.toMatchObject({ code: 'CHANGED' })
    await expect(on.trash.empty(cut)).rejects.toMatchObject({ code: 'CHANGED' })
    expect(await undo(cut)).toMatchObject({ done: 18 })
    await expect(on.trash.keepHere('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(files()).toEqual([])
  })

  it('is removed when its time is over, and with its profile', async () => {
    await fillList()
    const [old, other] = [await removed(email, 'dead', 1), await removed(email, 'dead', 1)]
    await on.trash.keepHere(old)
    vi.useFakeTimers({ now: Date.now() + trashTtlOf('remove') + 1, toFake: ['Date'] })
    await restart()
    expect(files()).toEqual([])
    vi.useRealTimers()
    await restart()
    await on.trash.keepHere(other)
    await on.trash.forget('test')
    expect(files()).toEqual([])
    expect(await on.secrets.get('test', 'trash')).toBeNull()
  })
})
