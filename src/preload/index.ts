import { ipcRenderer } from 'electron'

/**
 * Hands one MessagePort from the page to the main process; that is all the page gets of Electron. The main process
 * checks who sent it. Everything else travels through the port, as the contract says.
 */
window.addEventListener('message', (event) => {
  if (event.source !== window || event.data?.type !== 'sluice:port') return
  ipcRenderer.postMessage('sluice:port', null, [...event.ports])
})
