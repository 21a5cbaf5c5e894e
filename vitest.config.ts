import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { patience } from './test/patience.ts'

// Limits end what hangs: a computer that has much else to do may take any time over the rest.
const node = {
  environment: 'node' as const,
  testTimeout: 90_000,
  hookTimeout: 120_000,
  expect: { poll: patience },
}

export default defineConfig({
  test: {
    reporters: ['default'],
    maxWorkers: availableParallelism() + 1, // most tests wait for a Redis or a process, and not for a core
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: ['src/{domain,contract,renderer}/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
        },
      },
      { test: { ...node, name: 'systems', include: ['src/systems/**/*.test.ts'] } },
      { test: { ...node, name: 'engine', include: ['src/{engine,server,main}/**/*.test.ts'] } },
    ],
  },
})
