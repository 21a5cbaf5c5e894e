import { implement } from '@orpc/server'
import { contract } from '../../src/contract/contract.ts'
import type { Bell } from './bell.ts'
import type { worldActions } from './fake-actions.ts'
import type { World } from './fake-world.ts'

/** The contract, to be filled in; every reply takes `delayMs`. */
export function fakeOs(delayMs: number) {
  return implement(contract).use(async ({ next }) => {
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    return next()
  })
}

/** What each part of the fake engine works with. */
export interface FakeContext extends Pick<ReturnType<typeof worldActions>, 'find' | 'findQueue' | 'writable'> {
  readonly os: ReturnType<typeof fakeOs>
  readonly world: World
  /** Rung when something other than the numbers changed. */
  readonly changed: Bell
  /** Rung each second. */
  readonly ticked: Bell
}
