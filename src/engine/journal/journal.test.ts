import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sealed } from './chain.ts'
import { openJournal } from './journal.ts'
import { trashTtlOf } from './journal-line.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-journal-'))
  file = join(folder, 'c.ndjson')
})
afterEach(() => vi.useRealTimers())
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
const dayMs = 24 * 60 * 60 * 1000
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

  it('says of an action that it is under way until it ends, also where a later start carries it on', async () => {
    const journal = await openJournal(folder)
    const id = await journal.begin(removal)
    const underWay = { summary: 'Under way: removed jobs from email (Dead)', undo: 'It is under way: cancel it first.' }
    expect(journal.list(1)).toMatchObject([underWay])
    await journal.close()
    const again = await openJournal(folder)
    again.goOn(id)
    expect(again.list(1)).toMatchObject([underWay])
    await again.end(id, ok)
    expect(again.list(1)).toMatchObject([{ summary: 'Removed 3 jobs from email (Dead)', undo: true }])
    again.goOn(id)
    expect(again.list(1)).toMatchObject([{ undo: true }])
    await again.close()
  })

  it('allows Undo once, only while the trash lasts, and only where something was removed', async () => {
    const old = { type: 'begin', id: 'old', at: Date.now() - trashTtlOf('remove') - 1, who: 'ada', ...removal }
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

  it('gives retry, move and edit an Undo for a day where they left something in the trash', async () => {
    const journal = await openJournal(folder)
    for (const action of ['retry', 'move', 'edit'] as const) {
      for (const [trash, done] of [
        ['sluice:trash:1', 1],
        ['sluice:trash:2', 0],
        [null, 1],
      ] as const) {
        await journal.end(await journal.begin({ ...removal, action, trash }), { ...ok, done })
      }
    }
    expect(journal.list(9).map(({ undo }) => undo)).toEqual([
      ...['The job may have run already.', 'Nothing was edited.', true],
      ...['Move the jobs back from the other queue.', 'Nothing was moved.', true],
      ...['The jobs may have run already.', 'Nothing was retried.', true],
    ])
    expect(journal.list(3).map(({ at, expiresAt }) => expiresAt && expiresAt - at)).toEqual([null, dayMs, dayMs])
    await journal.close()
    vi.useFakeTimers({ now: Date.now() + dayMs + 1, toFake: ['Date'] })
    const later = await openJournal(folder)
    expect(later.list(3)[2]?.undo).toBe('Its day in the trash is over.')
    vi.useRealTimers()
    await later.close()
  })

  it('remembers what became of the trash, and which run an entry is of', async () => {
    const journal = await openJournal(folder)
    const [kept, brought, emptied] = [
      await journal.begin({ ...removal, run: 'r1' }),
      await journal.begin(removal),
      await journal.begin(removal),
    ]
    await journal.begin({ ...removal, trash: null })
    await journal.kept(kept)
    await journal.kept(brought)
    await journal.brought(brought)
    await journal.emptied(emptied)
    await journal.close()
    const again = await openJournal(folder)
    expect(again.damage()).toEqual([])
    expect(again.withTrash('c').map(({ keptAt, emptiedAt }) => [keptAt !== null, emptiedAt !== null])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ])
    expect(again.withTrash('d')).toEqual([])
    expect(again.record(kept)?.begun.run).toBe('r1')
    expect(again.list(10).find(({ id }) => id === emptied)?.undo).toBe('Its Undo was ended: the trash was emptied.')
    await again.close()
  })

  it('reads journals of before, and goes on with them', async () => {
    const { who, at } = { who: 'ada', at: Date.now() - 1000 }
    const first = sealed('', { type: 'begin', id: 'a', at, who, ...removal, action: 'retry' })
    const second = sealed(first.hash, { type: 'end', id: 'a', ...ok })
    const third = sealed(second.hash, { type: 'undone', id: 'a', at })
    writeFileSync(file, `${first.line}\n${second.line}\n${third.line}\n`)
    const journal = await openJournal(folder)
    await journal.kept('a')
    await journal.close()
    const again = await openJournal(folder)
    expect(again.damage()).toEqual([])
    expect(again.list(1)[0]).toMatchObject({ action: 'retry', undo: 'Undone already.' })
    await again.close()
  })

  it('says what the actions are that have no jobs of their own', async () => {
    const journal = await openJournal(folder)
    const said: string[] = []
    for (const [action, detail] of [
      ['copy', 'from sms (Dead) of Shop'],
      ['import', ''],
      ['empty-trash', 'of “Removed 3 jobs from email (Dead)”'],
      ['unlock', 'for 15 minutes'],
    ] as const) {
      const queue = action === 'unlock' ? null : removal.queue
      const what = { ...removal, action, detail, queue, state: '', stateLabel: '', trash: null }
      await journal.end(await journal.begin(what), ok)
      said.push(journal.list(1)[0]?.summary ?? '')
    }
    expect(said).toEqual([
      'Copied 3 jobs to email from sms (Dead) of Shop',
      'Imported 3 jobs to email',
      'Ended the Undo of “Removed 3 jobs from email (Dead)”',
      'Unlocked for 15 minutes',
    ])
    await journal.close()
  })

  it('refuses to begin when the file cannot be written', async () => {
    const journal = await openJournal(folder)
    await journal.begin(removal)
    await journal.close() // as a lost disk would, every write to the handle fails from here on
    await expect(journal.begin(removal)).rejects.toMatchObject({ code: 'DISK_FAILED' })
  })
})
