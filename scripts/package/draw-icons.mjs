import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { root } from '../machine.mjs'
import { iconSizes } from './icon-files.mjs'

/*
 * Draws resources/icons/*.png from resources/icon.svg: `node scripts/package/draw-icons.mjs` after the drawing changed. The
 * pictures are kept in git, because a machine that packages need not have a browser.
 */
const drawing = readFileSync(join(root, 'resources', 'icon.svg'), 'utf8')
const browser = await chromium.launch({ executablePath: process.env.SLUICE_CHROMIUM })
const page = await browser.newPage()
for (const size of iconSizes) {
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${size}px }</style>${drawing}`)
  const picture = await page.screenshot({ omitBackground: true })
  writeFileSync(join(root, 'resources', 'icons', `${size}x${size}.png`), picture)
}
await browser.close()
