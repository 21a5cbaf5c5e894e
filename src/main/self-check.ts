import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { app, type BrowserWindow } from 'electron'
import type { ForkProcess } from '../engine/processes/fork-process.ts'

/** What was looked at, and whether it is as it should be. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

const limitMs = 30_000

/** Packages that are not in the bundle, and so can be missing from a package. */
const packages = ['bull', 'bullmq', 'bullmq5', 'ssh2', 'tsx/esm/api']

/**
 * Looks at a Sluice that has just started, for `--smoke`: whether the page is there and is alone in its sandbox, and
 * whether what lies beside the bundle can be loaded, handlers of an operator's own included. A packaged Sluice lets no
 * debugger in, so this is how a package is tested. Never rejects.
 */
export async function checkItself(window: BrowserWindow, fork: ForkProcess, runner: string): Promise<Check[]> {
  const looks: Record<string, () => Promise<string> | string> = {
    page: () => pageOf(window),
    isolation: () => isolationOf(window),
    sandbox: () => sandboxOf(window),
    packages: () => packages.map((name) => typeof createRequire(import.meta.url)(name)).join(', '),
    handler: () => handlerOf(fork, runner),
  }
  const checks: Check[] = []
  for (const [name, look] of Object.entries(looks)) {
    try {
      const late = after(limitMs, null, { ref: false }).then(() => Promise.reject(new Error('It took too long.')))
      checks.push({ name, ok: true, detail: await Promise.race([look(), late]) })
    } catch (error) {
      checks.push({ name, ok: false, detail: error instanceof Error ? error.message : String(error) })
    }
  }
  return checks
}

/** Waits until the page has drawn what it got from the engine. */
async function pageOf(window: BrowserWindow): Promise<string> {
  for (;;) {
    const shown = await window.webContents.executeJavaScript(
      `document.querySelector('main')?.innerText.trim().length > 0 && document.title`,
    )
    if (typeof shown === 'string') return shown
    await after(100)
  }
}

async function isolationOf(window: BrowserWindow): Promise<string> {
  const names = ['require', 'process', 'module', 'Buffer', 'global', 'electron', 'ipcRenderer']
  const known: string[] = await window.webContents.executeJavaScript(
    `${JSON.stringify(names)}.filter((name) => name in window)`,
  )
  if (known.length > 0) throw new Error(`The page knows ${known.join(', ')}.`)
  return 'the page knows nothing of Node'
}

function sandboxOf(window: BrowserWindow): string {
  if (process.platform !== 'linux') return 'not told to others on this system'
  const status = readFileSync(`/proc/${window.webContents.getOSProcessId()}/status`, 'utf8')
  const seccomp = /^Seccomp:\s+(\d)/m.exec(status)?.[1]
  if (seccomp !== '2') throw new Error(`The page’s process has seccomp ${seccomp}, and no sandbox.`)
  return 'seccomp 2'
}

/** TypeScript that no Node reads by itself, so that tsx and esbuild are needed, too. */
const handler = `
enum Sign { Hello = 'hello' }
export const handle = async (job: { data: { name: string } }) => ({ said: Sign.Hello + ' ' + job.data.name })
`

async function handlerOf(fork: ForkProcess, runner: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-smoke-'))
  try {
    const file = join(folder, 'handler.ts')
    writeFileSync(file, handler)
    const args = [JSON.stringify({ kind: 'file', file })]
    const child = fork(runner, { args, execArgv: [], env: process.env })
    const answer = await new Promise<string>((resolve, reject) => {
      child.onExit((code, signal) => reject(new Error(`The handler’s process ended with ${code ?? signal}.`)))
      child.onMessage((message) => {
        const told = message as { kind?: string; message?: string; result?: string }
        const job = { id: '1', type: null, to: null, body: '{"name":"you"}', raw: '', attempt: 1 }
        if (told.kind === 'ready') child.send({ kind: 'job', run: 1, job })
        else if (told.kind === 'done') resolve(told.result ?? 'nothing')
        else if (told.kind !== 'log') reject(new Error(told.message ?? JSON.stringify(told)))
      })
    }).finally(() => child.kill())
    if (answer !== '{"said":"hello you"}') throw new Error(`The handler said ${answer}.`)
    return answer
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Tells what was found in one line of JSON, and ends the app: with 0 when all is well. */
export function tellChecks(checks: readonly Check[]): void {
  const versions = { sluice: app.getVersion(), electron: process.versions.electron, packaged: app.isPackaged }
  process.stdout.write(`${JSON.stringify({ ...versions, checks })}\n`, () => {
    app.exit(checks.every(({ ok }) => ok) ? 0 : 1)
  })
}
