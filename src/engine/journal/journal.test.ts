import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sealed } from './chain.ts'
import { openJournal } from './journal.ts'
import { trashTtlMs } from './journal-line.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-journal-'))
  file = join(folder, 'c.ndjson')
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
  reason: null,
  before: 10,
}
const ok = { done: 3, missing: 1, refused: 0, error: null, after: 7 }

/** Writes that many actions, and closes the file. */
async function write(actions: number): Promise<string[]> {
  const journal = await openJournal(folder)
  for (let i = 0; i < actions; i++) await journal.end(await journal.begin(removal), ok)
  await journal.close()
  return readFileSync(file, 'utf8').trimEnd().split('\n')
}

async function damageOf(lines: readonly string[]): Promise<string[]> {
  writeFileSync(file, `${lines.join('\n')}\n`)
  const journal = await openJournal(folder)
  const damage = journal.damage()
  await journal.close()
  return damage
}

describe('journal', () => {
  it('tells what was done, newest first, also after it was closed and opened again', async () => {
    const journal = await openJournal(folder)
    await journal.end(await journal.begin(removal), ok)
    await journal.end(await journal.begin({ ...removal, action: 'add', state: '', trash: null }), { ...ok, done: 1 })
    await journal.close()
    const again = await openJournal(folder)
    expect(again.list(10).map(({ summary }) => summary)).toEqual([
      'Added 1 job to email',
      'Removed 3 jobs from email (Dead)',
    ])
    expect(again.list(1)).toHaveLength(1)
    const entry = { undo: true, missing: 1, undoneAt: null, before: 10, after: 7, who: expect.stringMatching(/./) }
    expect(again.list(10)[1]).toMatchObject(entry)
    expect(again.damage()).toEqual([])
    await again.close()
  })

  it('has a file for each profile, and finds by profile and by words', async () => {
    const journal = await openJournal(folder)
    await journal.end(await journal.begin({ ...removal, reason: 'Ticket 4711' }), ok)
    await journal.end(await journal.begin({ ...removal, connectionId: '../d', profileName: 'Other' }), ok)
    await journal.close()
    expect(readdirSync(folder).filter((name) => name.endsWith('.ndjson'))).toEqual(['..%2Fd.ndjson', 'c.ndjson'])
    const again = await openJournal(folder)
    expect(again.list(10).map(({ profileName }) => profileName)).toEqual(['Other', 'Shop'])
    expect(again.list(10, { connectionId: 'c' }).map(({ profileName }) => profileName)).toEqual(['Shop'])
    expect(again.list(10, { search: 'TICKET 47' }).map(({ reason }) => reason)).toEqual(['Ticket 4711'])
    expect(again.list(10, { search: 'nothing of this' })).toEqual([])
    await again.close()
  })

  it('shows an action that never ended as unknown, with its Undo', async () => {
    const journal = await openJournal(folder)
    await journal.begin(removal)
    await journal.close()
    const again = await openJournal(folder)
    expect(again.list(1)[0]).toMatchObject({ undo: true, summary: expect.stringContaining('the outcome is unknown') })
    await again.close()
  })

  it('allows Undo once, only while the trash lasts, and only where something was removed', async () => {
    const old = { type: 'begin', id: 'old', at: Date.now() - trashTtlMs - 1, who: 'ada', ...removal }
    writeFileSync(file, `${sealed('', old).line}\n`)
    const journal = await openJournal(folder)
    const id = await journal.begin(removal)
    await journal.end(id, ok)
    await journal.undone(id)
    const empty = await journal.begin(removal)
    await journal.end(empty, { ...ok, done: 0 })
    expect(journal.list(3).map(({ undo }) => undo)).toEqual([
      'Nothing was removed.',
      'Undone already.',
      'Its 7 days in the trash are over.',
    ])
    await journal.close()
  })

  it('keeps and tells lines that it cannot read, and writes on after a torn one', async () => {
    await write(1)
    appendFileSync(file, 'not json\n{"type":"begin","id":"torn')
    const again = await openJournal(folder)
    expect(again.damage()).toEqual([
      'Line 3 of the journal of c cannot be read.',
      'Line 4 of the journal of c cannot be read.',
    ])
    await again.end(await again.begin(removal), ok)
    await again.close()
    expect(readFileSync(file, 'utf8')).toContain('torn\n{')
    const third = await openJournal(folder)
    expect(third.list(10)).toHaveLength(2)
    expect(third.damage()).toHaveLength(2) // the torn line broke no chain
    await third.close()
  })

  it('shows a line that was changed, taken out or put in, and an end that is gone', async () => {
    const lines = await write(3)
    const said = (n: number) => [
      `Line ${n} of the journal of c was changed, or lines before it were taken out or added.`,
    ]
    expect(await damageOf(lines)).toEqual([])
    expect(await damageOf(lines.map((line, i) => (i === 1 ? line.replace('"done":3', '"done":2') : line)))).toEqual(
      said(2),
    )
    expect(await damageOf(lines.toSpliced(2, 1))).toEqual(said(3))
    const forged = sealed('', JSON.parse((lines[0] as string).replace(/,"hash":"[0-9a-f]+"/, ''))).line
    expect(await damageOf(lines.toSpliced(3, 0, forged))).toHaveLength(2)
    await write(0) // closes it as it is now
    await damageOf(lines)
    expect(await damageOf(lines.slice(0, -2))).toEqual([
      'The journal of c is not the one that was closed last, or its end is gone.',
    ])
  })

  it('refuses to begin when the file cannot be written', async () => {
    const journal = await openJournal(folder)
    await journal.begin(removal)
    await journal.close() // as a lost disk would, every write to the handle fails from here on
    await expect(journal.begin(removal)).rejects.toMatchObject({ code: 'DISK_FAILED' })
  })
})
