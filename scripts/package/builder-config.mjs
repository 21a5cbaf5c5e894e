import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setFuses } from './fuses.mjs'
import { unpackedParts } from './stage-app.mjs'

/**
 * How electron-builder makes the packages. Nothing is signed unless the machine has certificates (CSC_LINK and the like,
 * see electron-builder), nothing is published, and no updater is shipped: Sluice looks for no new version of itself.
 * @param {import('./stage-app.mjs').Staged} staged
 * @param {{ output: string, electronDist: string | null, electronVersion: string }} where
 * @returns {import('electron-builder').Configuration}
 */
export function builderConfig({ app, parts }, { output, electronDist, electronVersion }) {
  return {
    appId: 'app.sluice.console', // never to be changed: Windows and macOS know the app by it
    productName: 'Sluice',
    copyright: 'The makers of Sluice',
    directories: { app, output, buildResources: parts },
    electronVersion,
    electronDist,
    npmRebuild: false,
    publish: null,
    asar: true,
    asarUnpack: unpackedParts(app),
    files: ['out/**', 'package.json'],
    extraFiles: [{ from: join(parts, 'LICENCES.txt'), to: 'LICENCES.txt' }],
    electronLanguages: ['en-US', 'en'],
    protocols: [{ name: 'A place in Sluice', schemes: ['sluice'] }],
    // The older ones start the app without Chromium's sandbox.
    toolsets: { appimage: '1.0.3' },
    afterPack: (context) => finish(context),
    linux: {
      target: ['AppImage', 'deb'],
      executableName: 'sluice',
      executableArgs: ['--'], // what follows is a link, and no switch
      icon: join(parts, 'icons'),
      category: 'Development',
      maintainer: 'The makers of Sluice',
      synopsis: 'A console for Redis-backed job queues',
      desktop: { entry: { StartupWMClass: 'sluice' } },
    },
    mac: {
      target: ['dmg', 'zip'],
      icon: join(parts, 'icon.icns'),
      category: 'public.app-category.developer-tools',
      hardenedRuntime: true,
      extendInfo: { NSAppTransportSecurity: { NSAllowsArbitraryLoads: false } },
    },
    win: { target: ['nsis'], icon: join(parts, 'icon.ico') },
    nsis: {
      oneClick: false,
      perMachine: false,
      allowToChangeInstallationDirectory: true,
      deleteAppDataOnUninstall: false,
    },
  }
}

/** @param {import('electron-builder').AfterPackContext} context */
async function finish({ appOutDir, electronPlatformName, packager }) {
  const mac = electronPlatformName === 'darwin'
  const resources = mac ? join(appOutDir, 'Sluice.app', 'Contents', 'Resources') : join(appOutDir, 'resources')
  // Where an Electron brought an app of its own along, it must not be there to be started.
  for (const name of readdirSync(resources)) {
    if (name === 'app' || name.startsWith('default_app')) rmSync(join(resources, name), { recursive: true })
  }
  await setFuses(join(appOutDir, programName(electronPlatformName, packager.appInfo.productFilename)))
}

/** @param {string} platform @param {string} name */
function programName(platform, name) {
  if (platform === 'darwin') return `${name}.app`
  return platform === 'win32' ? `${name}.exe` : 'sluice'
}
