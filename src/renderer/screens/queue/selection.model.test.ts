import { describe, expect, it } from 'vitest'
import {
  isEmpty,
  isSelected,
  mostSelected,
  nothingSelected,
  selectMore,
  stretchTo,
  toggleRow,
} from './selection.model.ts'

const refAt = (index: number) => (index < 20 ? `r${index}` : undefined)

describe('selection', () => {
  it('takes a row in and out', () => {
    const one = toggleRow(nothingSelected, 'r3', 3)
    expect(isSelected(one, 'r3')).toBe(true)
    expect(isEmpty(toggleRow(one, 'r3', 3))).toBe(true)
  })
  it('stretches from the last row in either direction', () => {
    const down = stretchTo(toggleRow(nothingSelected, 'r3', 3), 6, refAt)
    expect([...down.refs].sort()).toEqual(['r3', 'r4', 'r5', 'r6'])
    expect([...stretchTo(down, 1, refAt).refs].sort()).toEqual(['r1', 'r2', 'r3', 'r4', 'r5', 'r6'])
  })
  it('says how many rows of a stretch are not loaded', () => {
    const far = stretchTo(toggleRow(nothingSelected, 'r18', 18), 24, refAt)
    expect(far.refs.size).toBe(2)
    expect(far.left).toBe(5)
  })
  it('takes the loaded rows first and all jobs at the second asking', () => {
    const loaded = ['r0', 'r1']
    const first = selectMore(nothingSelected, loaded, 500)
    expect(first.all).toBe(false)
    expect(first.refs.size).toBe(2)
    expect(selectMore(first, loaded, 500).all).toBe(true)
  })
  it('has nothing more to take where all jobs are loaded', () => {
    const first = selectMore(nothingSelected, ['r0', 'r1'], 2)
    expect(selectMore(first, ['r0', 'r1'], 2).all).toBe(false)
  })
  it('never names more jobs than an action may', () => {
    const many = Array.from({ length: mostSelected + 5 }, (_, index) => `r${index}`)
    expect(selectMore(nothingSelected, many, many.length).refs.size).toBe(mostSelected)
    const full = selectMore(nothingSelected, many, many.length)
    expect(toggleRow(full, 'another', 1).refs.size).toBe(mostSelected)
  })
  it('begins anew when a row is taken out of all', () => {
    const all = { ...nothingSelected, all: true }
    expect([...toggleRow(all, 'r2', 2).refs]).toEqual(['r2'])
  })
})
