import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { buildProgram } from './bundled-program.ts'
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

/** Builds the program; about a quarter of a second. */
export async function buildOperations(): Promise<OperationsProgram> {
  const program = await buildProgram('test/operations-child.ts')
  return {
    async run(task, killAfterMs) {
      const child = program.start(task)
      const gone = once(child, 'exit')
      let over = false
      const begun = task.question !== undefined || task.undo !== undefined ? 'planned' : null
      const kill = () => killAfterMs !== null && setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      if (begun === null) kill()
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line === begun) kill()
        if (line === 'over') over = true
      })
      const [code] = (await gone) as [number | null]
      if (code !== 0 && code !== null) throw new Error(`the program ended with ${code}`)
      return over
    },
    close: () => program.close(),
  }
}
