import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** A process of the bench: it measures, or works while others measure. */
export class BenchProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: AsyncIterator<string>
  #complaint = ''

  constructor(
    program: string,
    port: number,
    private readonly measurement: object,
  ) {
    this.#child = spawn(process.execPath, ['--expose-gc', program, String(port), JSON.stringify(measurement)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child.stderr.on('data', (chunk) => {
      this.#complaint += chunk
    })
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]()
  }

  /** The next line that it says; throws what it complained of when it ended without one. */
  async hear(): Promise<string> {
    const { done, value } = await this.#lines.next()
    if (!done) return value
    throw new Error(`${JSON.stringify(this.measurement)} ended early: ${this.#complaint}`)
  }

  /** Says a line to it. */
  tell(order: unknown): void {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`)
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}
