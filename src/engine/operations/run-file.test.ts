import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SluiceError } from '../../domain/errors.ts'
import type { BulkQuestion } from './bulk-work.ts'
import { bytesOf, replyOf } from './reply-bytes.ts'
import { openRunFile, type RunLine, readRunFile } from './run-file.ts'
import { placeOf, stateOf } from './run-state.ts'

const question: BulkQuestion = {
  ...{ kind: 'jobs', spec: {}, action: 'retry', connectionId: 'c', queue: null, stateLabel: '', places: [], total: 30 },
  ...{ reason: null, pace: null, canary: null, trash: 'redis', steerable: true },
}
const begun: RunLine = { t: 'run', id: 'r', at: 1, question }
const chunk: RunLine = { t: 'chunk', place: 0, chunk: 1, from: 0, size: 10, first: 1, at: 2 }
const did: RunLine = { t: 'did', place: 0, chunk: 1, done: 8, missing: 1, refused: 1, last: 2, others: [] }

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-run-file-'))
  path = join(folder, 'a.run')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function write(...lines: RunLine[]): Promise<void> {
  const file = await openRunFile(path)
  for (const line of lines) await file.append(line)
  await file.close()
}

describe('the file of a run', () => {
  it('gives back what was written, in its order, and keeps together what may wait', async () => {
    const file = await openRunFile(path)
    await file.append(begun)
    await file.append(did, true)
    expect(await readRunFile(path)).toEqual([begun])
    await file.append(chunk)
    expect(await readRunFile(path)).toEqual([begun, did, chunk])
    await file.close()
  })
  it('outlives a torn last line, and does not tear the next one', async () => {
    await write(begun, chunk)
    truncateSync(path, readFileSync(path).length - 5)
    await write(did)
    expect(await readRunFile(path)).toEqual([begun, did])
    appendFileSync(path, '{"t":"en')
    expect(await readRunFile(path)).toEqual([begun, did])
  })
  it('throws NOT_FOUND where there is none', async () => {
    await expect(readRunFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the state of a run', () => {
  it('is what its lines add up to', () => {
    const pending: RunLine = { ...chunk, chunk: 2, from: 10, first: 3 }
    const state = stateOf([begun, { t: 'trash', place: 0, key: 'k' }, chunk, did, pending])
    expect(state && placeOf(state, 0)).toMatchObject({
      ...{ key: 'k', behind: 10, done: 8, missing: 1, refused: 1, last: 2 },
      pending: { chunk: 2, from: 10, size: 10, first: 3 },
    })
    expect(state?.chunk).toBe(2)
    expect(stateOf([chunk])).toBeNull()
  })
  it('ends with what it is told at the end', () => {
    const end: RunLine = { t: 'ended', place: 0, done: 9, missing: 0, refused: 1, left: 20, problem: 'x', others: [] }
    const state = stateOf([
      begun,
      chunk,
      end,
      { t: 'settled', place: 0 },
      { t: 'end', at: 9, problem: 'x' },
      { t: 'away' },
    ])
    expect(state).toMatchObject({ endedAt: 9, problem: 'x', away: true })
    expect(state && placeOf(state, 0)).toMatchObject({ done: 9, left: 20, pending: null, ended: true, settled: true })
  })
})

describe('replies as bytes', () => {
  it('come back exactly', () => {
    const reply = [1, -2, null, Buffer.from([0, 10, 255]), [Buffer.alloc(0), [9007199254740991]], []]
    expect(replyOf(bytesOf(reply))).toEqual(reply)
    const [error] = replyOf(bytesOf([new SluiceError('WRONG_TYPE', 'a b\nc')])) as [SluiceError]
    expect(error).toMatchObject({ code: 'WRONG_TYPE', message: 'a b\nc' })
  })
})
