import { EventEmitter } from 'node:events'
import type { BrowserWindow } from 'electron'
import { beforeEach, expect, test, vi } from 'vitest'
import { reviveWindow } from './window-crash.ts'

const steps = { reload: vi.fn(), tell: vi.fn(), giveUp: vi.fn() }
let webContents: EventEmitter
let at = 0
const end = (reason: string) => webContents.emit('render-process-gone', {}, { reason, exitCode: 1 })

beforeEach(() => {
  vi.clearAllMocks()
  webContents = new EventEmitter()
  at = 0
  reviveWindow({ webContents, isDestroyed: () => false } as unknown as BrowserWindow, steps, () => at)
})

test.each(['crashed', 'oom', 'killed', 'abnormal-exit', 'launch-failed', 'integrity-failure'])(
  'brings the page back after %s, and says so',
  (reason) => {
    end(reason)
    expect(steps.reload).toHaveBeenCalledOnce()
    expect(steps.tell).toHaveBeenCalledWith(expect.stringContaining(reason))
  },
)

test('a page that was closed stays closed', () => {
  end('clean-exit')
  expect(steps.reload).not.toHaveBeenCalled()
})

test('gives up on a page that ends again and again, but not on one that ends now and then', () => {
  for (let n = 0; n < 10; n++) {
    at += 30_000
    end('crashed')
  }
  expect(steps.giveUp).not.toHaveBeenCalled()
  for (let n = 0; n < 2; n++) end('crashed')
  expect(steps.giveUp).toHaveBeenCalledOnce()
  expect(steps.reload).toHaveBeenCalledTimes(11)
})
