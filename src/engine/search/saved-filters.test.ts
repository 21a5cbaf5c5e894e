import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSavedFilters } from './saved-filters.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-filters-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = () => openSavedFilters({ folder })

describe('saved filters', () => {
  it('are kept over a restart, changed and forgotten by their id', async () => {
    const filters = await open()
    const first = await filters.save({ id: null, name: ' Timeouts ', filter: 'error ~ timeout' })
    const second = await filters.save({ id: null, name: 'Acme', filter: 'data.tenant = acme' })
    await filters.save({ id: first.id, name: 'Timeouts', filter: 'error ~ "timed out"' })
    const again = await open()
    expect(again.list()).toEqual([{ id: first.id, name: 'Timeouts', filter: 'error ~ "timed out"' }, second])
    await again.forget(first.id)
    await again.forget('nobody')
    expect((await open()).list()).toEqual([second])
  })

  it('that are none, or of a name that is taken, are refused', async () => {
    const filters = await open()
    const saved = await filters.save({ id: null, name: 'a', filter: '' })
    const save = (id: string | null, name: string, filter: string) => filters.save({ id, name, filter })
    await expect(save(null, 'b', 'x and (')).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'At character 8 of the filter: Something is missing at the end.',
    })
    await expect(save(null, 'a', 'x')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(save('gone', 'b', 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(filters.list()).toEqual([saved])
  })

  it('in a damaged file are kept aside, and that is said', async () => {
    await writeFile(join(folder, 'filters.json'), '{')
    expect((await open()).notices).toHaveLength(1)
    expect((await readdir(folder)).some((name) => name.startsWith('filters.damaged-'))).toBe(true)
  })
})
