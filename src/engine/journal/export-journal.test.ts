import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type JournalFilter, openJournal } from './journal.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-journal-export-'))
  mkdirSync(join(folder, 'Downloads'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = () => openJournal(join(folder, 'journal'), { downloads: join(folder, 'Downloads') })

const removal = {
  connectionId: 'c',
  profileName: 'Shop',
  environment: 'staging',
  action: 'remove' as const,
  queue: { system: 'plain-list' as const, prefix: 'queue:', name: 'email' },
  state: 'dead',
  stateLabel: 'Dead',
  detail: '',
  trash: null,
  reason: null as string | null,
  before: 10,
}
const ok = { done: 3, missing: 1, refused: 0, error: null, after: 7 }

/** Actions with these reasons, on two profiles in turn. */
async function write(...reasons: string[]): Promise<void> {
  const journal = await open()
  for (const [i, reason] of reasons.entries()) {
    await journal.end(await journal.begin({ ...removal, connectionId: i % 2 === 0 ? 'c' : 'd', reason }), ok)
  }
  await journal.close()
}

async function exported(filter: JournalFilter, format: 'ndjson' | 'csv' = 'ndjson') {
  const journal = await open()
  const { path, entries } = await journal.export(filter, format)
  await journal.close()
  return { entries, text: readFileSync(path, 'utf8') }
}

/** Verifies an export as its first line says, with nothing of ours; the numbers of the lines that do not follow. */
function broken(text: string): number[] {
  const wrong: number[] = []
  let before = ''
  for (const [i, line] of text.trimEnd().split('\n').entries()) {
    const { type, hash } = JSON.parse(line)
    if (type === 'export' || type === 'unreadable') continue
    if (type === 'journal') before = ''
    else if (type === 'gap') before = hash
    else {
      const body = `${line.slice(0, line.lastIndexOf(',"hash":"'))}}`
      if (createHash('sha256').update(`${before}\n${body}`).digest('hex') !== hash) wrong.push(i)
      before = hash
    }
  }
  return wrong
}

const typesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).type)

describe('journal export', () => {
  it('holds the lines as they stand in the journals, to be verified', async () => {
    await write('one', 'two', 'three')
    const { text, entries } = await exported({})
    expect(entries).toBe(3)
    expect(typesOf(text)).toEqual(['export', 'journal', 'begin', 'end', 'begin', 'end', 'journal', 'begin', 'end'])
    expect(broken(text)).toEqual([])
    expect(text).toContain(readFileSync(join(folder, 'journal', 'c.ndjson'), 'utf8'))
    expect(broken(text.replace('"done":3', '"done":4'))).toEqual([3])
    expect(broken(text.split('\n').toSpliced(3, 1).join('\n'))).toEqual([3])
  })

  it('says where a filter left lines out, and can be verified all the same', async () => {
    await write('ticket 1', '-', 'other', '-', 'ticket 2')
    const { text, entries } = await exported({ connectionId: 'c', search: 'TICKET' })
    expect(entries).toBe(2)
    expect(typesOf(text)).toEqual(['export', 'journal', 'begin', 'end', 'gap', 'begin', 'end'])
    expect(text).toContain('"lines":2')
    expect(broken(text)).toEqual([])
    expect(broken(text.split('\n').toSpliced(4, 1).join('\n'))).toEqual([4])
  })

  it('hides no damage', async () => {
    await write('one')
    const file = join(folder, 'journal', 'c.ndjson')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"done":3', '"done":2'))
    appendFileSync(file, 'not json\n')
    const { text } = await exported({})
    expect(typesOf(text)).toEqual(['export', 'journal', 'begin', 'end', 'unreadable'])
    expect(broken(text)).toEqual([3])
    expect(JSON.parse(text.split('\n')[0] ?? '').damage).toHaveLength(2)
  })

  it('writes CSV without formulas', async () => {
    await write('=HYPERLINK("http://x")', 'a, "b"')
    const { text, entries } = await exported({}, 'csv')
    expect(entries).toBe(2)
    const [head, newest, oldest] = text.trimEnd().split('\r\n')
    expect(head).toMatch(/^id,at,who,profile,/)
    expect(newest).toContain(',"a, ""b""",')
    expect(oldest).toContain(`,"'=HYPERLINK(""http://x"")",`)
    expect(oldest).toContain(',plain-list,email,Removed 3 jobs from email (Dead),3,1,0,10,7,')
  })

  it('leaves nothing behind when it cannot be written', async () => {
    await write('one')
    const journal = await open()
    const file = join(folder, 'journal', 'c.ndjson')
    rmSync(file)
    mkdirSync(file) // cannot be read any more
    await expect(journal.export({}, 'ndjson')).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(readdirSync(join(folder, 'Downloads'))).toEqual([])
    await journal.close()
  })
})
