/*
 * The borrowed runtime's packager took out Electron's stock `default_app`, which is what runs `electron PATH`. These two
 * files stand in for it. The launcher is an ES module that awaits the app's entry, so that the app's first lines run
 * before the ready event, as they do under the official binary.
 */

export const launcherManifest = JSON.stringify({
  name: 'electron',
  productName: 'Electron',
  type: 'module',
  main: 'main.js',
})

export const launcher = `import { app } from 'electron'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const path = process.argv.slice(1).find((argument) => !argument.startsWith('-'))
if (path === undefined) {
  console.error('usage: electron PATH')
  process.exit(1)
}
const folder = resolve(path)
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true })
app.setName(manifest.productName ?? manifest.name)
app.setVersion(manifest.version)
app.setAppPath(folder)
try {
  await import(pathToFileURL(resolve(folder, manifest.main)).href)
} catch (error) {
  console.error(error)
  process.exit(1)
}
`
