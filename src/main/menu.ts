import { app, Menu, type MenuItemConstructorOptions } from 'electron'

/**
 * The application menu. There is no Reload: Ctrl/Cmd+R belongs to the page, which reads its data again. Developer
 * tools are there only while the app is not packaged.
 */
export function setMenu(): void {
  const mac = process.platform === 'darwin'
  const view: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { type: 'separator' },
    { role: 'togglefullscreen' },
    ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' } as const]),
  ]
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(mac ? [{ role: 'appMenu' } as const] : []),
      { label: 'File', submenu: [mac ? { role: 'close' } : { role: 'quit' }] },
      { role: 'editMenu' },
      { label: 'View', submenu: view },
      { role: 'windowMenu' },
      ...(mac ? [] : [{ label: 'Help', submenu: [{ role: 'about' } as const] }]),
    ]),
  )
}
