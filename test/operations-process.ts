import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type { ChildTask } from './operations-child.ts'

/** The operations of an engine as a program that can be killed. */
export interface OperationsProgram {
  /**
   * Starts it, and kills it (as kill -9 does) so many ms after it had its plan; null lets it end by itself. Resolves when
   * it is gone: true when it had come to its end.
   */
  run(task: ChildTask, killAfterMs: number | null): Promise<boolean>
  close(): void
}

const root = fileURLToPath(new URL('../', import.meta.url))

/** Builds the program as one file, which starts several times faster than its many modules do. */
export async function buildOperations(): Promise<OperationsProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-operations-program-'))
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    ssr: { noExternal: true },
    build: {
      ssr: 'test/operations-child.ts',
      outDir: folder,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: 'child.mjs' } },
    },
  })
  const running = new Set<ChildProcess>()
  return {
    async run(task, killAfterMs) {
      const child = spawn(process.execPath, [join(folder, 'child.mjs'), JSON.stringify(task)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      running.add(child)
      const gone = once(child, 'exit')
      let over = false
      const begun = task.question !== undefined || task.undo !== undefined ? 'planned' : null
      const kill = () => killAfterMs !== null && setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      if (begun === null) kill()
      createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> }).on('line', (line) => {
        if (line === begun) kill()
        if (line === 'over') over = true
      })
      const [code] = (await gone) as [number | null]
      running.delete(child)
      if (code !== 0 && code !== null) throw new Error(`the program ended with ${code}`)
      return over
    },
    close() {
      for (const child of running) child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
