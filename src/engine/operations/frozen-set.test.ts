import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createFrozenSet, openFrozenSet, sweepFrozenSets } from './frozen-set.ts'

const email = { system: 'plain-list' as const, prefix: 'queue:', name: 'email' }
const place = { queue: email, state: 'dead' }
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-set-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function all(groups: AsyncGenerator<string[]>): Promise<string[]> {
  const refs: string[] = []
  for await (const group of groups) refs.push(...group)
  return refs
}

it('gives the refs of each place, forwards and backwards, from wherever', async () => {
  const set = await createFrozenSet(folder, 'a')
  const refs = Array.from({ length: 5000 }, (_, i) => `${i}:"é\n${'x'.repeat(i % 40)}`)
  for (let i = 0; i < refs.length; i += 500) {
    await set.add(place, refs.slice(i, i + 500), 10)
    await set.add({ ...place, state: 'waiting' }, [`w${i}`], 1)
  }
  await set.seal()
  await set.close(false)
  const again = await openFrozenSet(folder, 'a')
  expect(again.places).toMatchObject([
    { count: 5000, bytes: 100 },
    { state: 'waiting', count: 10 },
  ])
  expect(await all(again.refs(0, 7))).toEqual(refs)
  expect(await all(again.refs(0, 100, 4990))).toEqual(refs.slice(4990))
  expect(await all(again.refsBackwards(0, 7))).toEqual(refs.toReversed())
  expect(await all(again.refsBackwards(0, 100, 4990))).toEqual(refs.slice(0, 10).toReversed())
  expect(await all(again.refsBackwards(1, 3))).toEqual(Array.from({ length: 10 }, (_, i) => `w${4500 - i * 500}`))
  await again.close(false)
  await sweepFrozenSets(folder, (id) => id !== 'a')
  await expect(openFrozenSet(folder, 'a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
