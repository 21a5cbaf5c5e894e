/** An import that ended, a command that was given up, a file that is no handler any more; newest last. */
export function fakeNotifications() {
  const minute = 60_000
  return [
    {
      id: 'n1',
      at: Date.now() - 64 * minute,
      level: 'info' as const,
      title: 'products-2026-11.csv is imported',
      text: '1,204,118 of 1,204,160 rows in 3m 12s. 42 bad rows are in products-2026-11.csv.report.csv.',
    },
    {
      id: 'n2',
      at: Date.now() - 12 * minute,
      level: 'warning' as const,
      title: 'resize-images.mjs was reloaded',
      text: 'The file changed. Jobs that run finish with the old one.',
    },
    {
      id: 'n3',
      at: Date.now() - 2_000,
      level: 'error' as const,
      title: 'سفارش‌ها queue:work --tries=3 was given up',
      text: 'It ended 5 times in a row within a minute, the last time with exit code 255. Its output says why.',
    },
  ]
}
