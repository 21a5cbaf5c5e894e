import { defineConfig } from '@playwright/test'

/**
 * Every spec runs in both shells; e2e/fixtures.ts picks the shell by the project's name. Only what one shell alone has is
 * tested there alone: `electron-*.spec.ts` (the window's guards), `browser-*.spec.ts` (the server). Run it by
 * `npm run test:e2e`.
 */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  forbidOnly: true,
  workers: 1, // one window at a time: two would share one display and its focus
  // Limits end what hangs: a computer that has much else to do may take any time over the rest.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  projects: [
    { name: 'electron', testIgnore: '**/browser-*.spec.ts' },
    { name: 'browser', testIgnore: '**/electron-*.spec.ts' },
  ],
})
