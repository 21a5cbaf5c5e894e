import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '..', '..')

/**
 * Bundles what the processes of the bench run, and resolves with the path; it is gone when this process ends. Our own
 * code is bundled as the build bundles what ships, the libraries stay as they were published. Without this, tsx would
 * slow down our code alone, which pays a call for each function that it makes, so that the function keeps its name.
 */
export async function bundle(program = join(import.meta.dirname, 'process.ts')): Promise<string> {
  const cache = join(root, 'node_modules', '.cache') // where a program finds the libraries
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'sluice-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: { ssr: program, outDir: folder, target: 'node20', minify: false },
  })
  return join(folder, `${basename(program, '.ts')}.js`)
}
