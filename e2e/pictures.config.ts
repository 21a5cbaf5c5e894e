import { defineConfig } from '@playwright/test'

/** Makes the README's pictures from the demo: `npm run pictures`. No test, so it is not part of `npm test`. */
export default defineConfig({
  testDir: '.',
  testMatch: 'pictures.ts',
  outputDir: '../test-results',
  workers: 1,
  timeout: 180_000,
  projects: [{ name: 'browser' }],
})
