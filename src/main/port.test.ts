import type { RPCHandler } from '@orpc/server/message-port'
import type { WebContents } from 'electron'
import { expect, test, vi } from 'vitest'
import { acceptPorts } from './port.ts'

vi.mock('electron', () => ({ protocol: {} }))

/** A page's contents as `acceptPorts` sees them, and a way to send as its frames would. */
function contents() {
  let listener: (event: unknown) => void = () => {}
  const ipc = { on: (_channel: string, listen: typeof listener) => (listener = listen) }
  return { contents: { ipc } as unknown as WebContents, send: (event: unknown) => listener(event) }
}

function handler() {
  const upgrade = vi.fn()
  return { upgrade, ready: Promise.resolve({ upgrade } as unknown as RPCHandler<Record<never, never>>) }
}

const port = () => ({ start: vi.fn(), close: vi.fn() })
const page = { url: 'app://console/#/', parent: null }

test('gives the port of the page’s top frame to the engine', async () => {
  const { contents: from, send } = contents()
  const { upgrade, ready } = handler()
  acceptPorts(from, ready)
  const sent = port()
  send({ ports: [sent], senderFrame: page })
  await ready
  expect(upgrade).toHaveBeenCalledWith(sent, { context: {} })
  expect(sent.start).toHaveBeenCalledOnce()
})

test.each([
  ['a frame that is gone', null],
  ['a frame inside the page', { url: 'app://console/', parent: page }],
  ['another origin', { url: 'https://example.com/', parent: null }],
  ['a message preview', { url: 'about:srcdoc', parent: page }],
])('closes the port of %s', async (_who, senderFrame) => {
  const { contents: from, send } = contents()
  const { upgrade, ready } = handler()
  acceptPorts(from, ready)
  const sent = port()
  send({ ports: [sent], senderFrame })
  await ready
  expect(sent.close).toHaveBeenCalledOnce()
  expect(upgrade).not.toHaveBeenCalled()
})

test('closes the port when the engine did not start, and ignores a message without one', async () => {
  const { contents: from, send } = contents()
  const failed = Promise.reject(new Error('no disk'))
  acceptPorts(from, failed)
  send({ ports: [], senderFrame: page })
  const sent = port()
  send({ ports: [sent], senderFrame: page })
  await failed.catch(() => {})
  expect(sent.close).toHaveBeenCalledOnce()
})
