/**
 * What a packaged Sluice takes on its command line: its own switches, and those of Chromium that a desktop may need. It
 * is a list of what may be, because what may not be cannot be listed: Chromium has hundreds of switches that open the app
 * to other programs (`--remote-debugging-port`), load code (`--load-extension`, `--js-flags`, `--gpu-launcher`) or take
 * guards away (`--disable-web-security`). The fuses close Node's ways in alone.
 */
const allowed: ReadonlySet<string> = new Set([
  ...['demo', 'api', 'api-port', 'smoke'],
  // An AppImage adds it by itself where the system lets no program make a sandbox; the app says so in its window.
  'no-sandbox',
  // Screens, graphics, input and language of the desktop.
  ...[
    'ozone-platform',
    'ozone-platform-hint',
    'enable-wayland-ime',
    'wayland-text-input-version',
    'gtk-version',
    'class',
  ],
  ...['disable-gpu', 'disable-gpu-compositing', 'disable-software-rasterizer', 'use-gl', 'use-angle'],
  ...['force-device-scale-factor', 'high-dpi-support', 'force-renderer-accessibility', 'lang', 'disable-dev-shm-usage'],
  // Which keyring of Linux to use; one that keeps no secrets counts as none.
  'password-store',
])

/** What macOS passes to programs that its Finder or a debugger of layouts starts. */
const ofMac = /^(psn_|NS[A-Z]|Apple)/

/** The first switch of a command line that a packaged Sluice does not take; null when it takes all. */
export function refusedSwitch(argv: readonly string[], platform: NodeJS.Platform = process.platform): string | null {
  for (const word of argv.slice(1)) {
    if (word === '--') return null // Chromium and Sluice both read what follows as words
    const mark = (platform === 'win32' ? /^(--|-|\/)/ : /^--?/).exec(word)?.[0]
    if (mark === undefined) continue
    const name = word.slice(mark.length).split('=')[0] ?? ''
    if (platform === 'darwin' && ofMac.test(name)) continue
    if (!allowed.has(platform === 'win32' ? name.toLowerCase() : name)) return `${mark}${name}`
  }
  return null
}

/** The words after `--`: from the system, when it hands a link to Sluice. */
export function wordsAfterSwitches(argv: readonly string[]): string[] {
  const end = argv.indexOf('--')
  return end < 0 ? [] : argv.slice(end + 1)
}
