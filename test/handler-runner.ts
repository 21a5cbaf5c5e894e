import { mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '..')

/**
 * The program of handler processes as a file that Node can run, built as for the app. It lies in a folder of its own, to
 * be removed by the caller, where it finds the packages that it loads itself.
 */
export async function buildHandlerRunner(): Promise<string> {
  const cache = join(root, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'sluice-runner-'))
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: join(root, 'src', 'engine', 'processes', 'runner', 'handler-runner.ts'),
      outDir: folder,
      target: 'node20',
      minify: false,
    },
  })
  return join(folder, 'handler-runner.js')
}
