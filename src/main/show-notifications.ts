import { BrowserWindow, Notification } from 'electron'
import type { Engine } from '../engine/engine.ts'
import { focusWindow } from './window.ts'

/** Shows what happens while no window of Sluice is in front, by the computer's own notifications. */
export async function showNotifications(engine: Engine, signal: AbortSignal): Promise<void> {
  for await (const list of engine.notifications(signal)) {
    const newest = list.at(-1)
    if (newest === undefined || BrowserWindow.getFocusedWindow() !== null || !Notification.isSupported()) continue
    const shown = new Notification({ title: newest.title, body: newest.text })
    shown.on('click', () => {
      const [window] = BrowserWindow.getAllWindows()
      if (window) focusWindow(window)
    })
    shown.show()
  }
}
