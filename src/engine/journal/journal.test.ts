import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openJournal } from './journal.ts'
import { trashTtlMs } from './journal-line.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-journal-'))
  file = join(folder, 'journal.ndjson')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const removal = {
  connectionId: 'c',
  profileName: 'Shop',
  environment: 'staging',
  action: 'remove' as const,
  queue: { system: 'plain-list' as const, prefix: 'queue:', name: 'email' },
  state: 'dead',
  stateLabel: 'Dead',
  detail: '',
  trash: 'sluice:trash:1',
}
const ok = { done: 3, missing: 1, refused: 0, error: null }

describe('journal', () => {
  it('tells what was done, newest first, also after it was closed and opened again', async () => {
    const journal = await openJournal(file)
    await journal.end(await journal.begin(removal), ok)
    await journal.end(await journal.begin({ ...removal, action: 'add', state: '', trash: null }), { ...ok, done: 1 })
    await journal.close()
    const again = await openJournal(file)
    expect(again.list(10).map(({ summary }) => summary)).toEqual([
      'Added 1 job to email',
      'Removed 3 jobs from email (Dead)',
    ])
    expect(again.list(1)).toHaveLength(1)
    expect(again.list(10)[1]).toMatchObject({ undo: true, missing: 1, undoneAt: null })
    await again.close()
  })
  it('shows an action that never ended as unknown, with its Undo', async () => {
    const journal = await openJournal(file)
    await journal.begin(removal)
    await journal.close()
    const again = await openJournal(file)
    expect(again.list(1)[0]).toMatchObject({ undo: true, summary: expect.stringContaining('the outcome is unknown') })
    await again.close()
  })
  it('allows Undo once, only while the trash lasts, and only where something was removed', async () => {
    const journal = await openJournal(file)
    const id = await journal.begin(removal)
    await journal.end(id, ok)
    await journal.undone(id)
    const empty = await journal.begin(removal)
    await journal.end(empty, { ...ok, done: 0 })
    await journal.close()
    const old = JSON.stringify({ type: 'begin', id: 'old', at: Date.now() - trashTtlMs - 1, ...removal })
    appendFileSync(file, `${old}\n`)
    const again = await openJournal(file)
    expect(again.list(3).map(({ undo }) => undo)).toEqual([
      'Its 7 days in the trash are over.',
      'Nothing was removed.',
      'Undone already.',
    ])
    await again.close()
  })
  it('keeps and tells lines that it cannot read, and writes on after a torn one', async () => {
    const journal = await openJournal(file)
    await journal.end(await journal.begin(removal), ok)
    await journal.close()
    appendFileSync(file, 'not json\n{"type":"begin","id":"torn')
    const again = await openJournal(file)
    expect(again.damage()).toEqual(['Line 3 of the journal cannot be read.', 'Line 4 of the journal cannot be read.'])
    await again.end(await again.begin(removal), ok)
    await again.close()
    expect(readFileSync(file, 'utf8')).toContain('torn\n{')
    const third = await openJournal(file)
    expect(third.list(10)).toHaveLength(2)
    await third.close()
  })
  it('refuses to begin when the file cannot be written', async () => {
    writeFileSync(file, '')
    const journal = await openJournal(file)
    await journal.close() // as a lost disk would, every write to the handle fails from here on
    await expect(journal.begin(removal)).rejects.toMatchObject({ code: 'DISK_FAILED' })
  })
})
