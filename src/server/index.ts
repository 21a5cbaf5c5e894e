import { join } from 'node:path'
import { dataFolder, holdDataFolder } from '../engine/data-folder.ts'
import { createEngine } from '../engine/engine.ts'
import { openErrorLog } from '../engine/error-log/error-log.ts'
import { apiFromStart } from '../engine/http-api/api-switch.ts'
import { readPageFiles } from '../engine/page/page-files.ts'
import { forkNodeProcess } from '../engine/processes/fork-process.ts'
import { createSecrets } from '../engine/profiles/create-secrets.ts'
import { startConsoleServer } from './console-server.ts'
import { readFlags } from './flags.ts'
import { openBrowser } from './open-browser.ts'
import { startStatusLine } from './status-line.ts'

/** How long stopping waits for pools to finish their jobs. What is cut then is recovered at the next start. */
const drainLimitMs = 20_000
/** npm passes Ctrl+C on as well, so one press can arrive twice; only a later one means "now". */
const samePressMs = 1_000

declare const __SLUICE_VERSION__: string

async function start(): Promise<() => Promise<void>> {
  const flags = readFlags(process.argv.slice(2))
  const folder = dataFolder({ demo: flags.demo })
  const release = await holdDataFolder(folder)
  const log = openErrorLog(folder)
  process.on('unhandledRejection', (reason) => log.write('unhandled rejection', reason))
  const notices = [
    'The browser shell has no keychain: secrets are kept in a vault that a passphrase opens, or for this run only.',
  ]
  const engine = await createEngine({
    dataFolder: folder,
    secrets: await createSecrets({ folder, keychain: null }),
    shell: 'browser',
    demo: flags.demo,
    notices,
    platform: process.platform,
    version: __SLUICE_VERSION__,
    fork: forkNodeProcess,
    runner: join(import.meta.dirname, '../handlers/handler-runner.js'),
    api: flags.api === null ? null : apiFromStart(flags.api, process.env),
  })
  const server = await startConsoleServer({
    files: readPageFiles(join(import.meta.dirname, '../renderer')),
    router: engine.router,
    port: flags.port,
    onNewAddress: (address) => status.say(`A new address, for one browser: ${address}`),
  }).catch(async (error) => {
    await engine.close()
    throw error
  })
  const address = server.address()
  console.log(`Sluice keeps its data in ${folder}.`)
  for (const notice of notices) console.log(notice)
  if (engine.api !== null) console.log(`The HTTP API is at ${engine.api.address}, with the token ${engine.api.token}`)
  else if (flags.api !== null) console.log('The HTTP API could not be started: the console says why.')
  console.log(`Open ${address}`)
  console.log('The address works once; Ctrl+C stops Sluice.')
  const status = startStatusLine(process.stdout, () => engine.statusLine(process.stdout.isTTY === true))
  if (flags.open) openBrowser(address)
  return async () => {
    status.stop()
    console.log('Stopping: pools finish the jobs they have. Ctrl+C again stops at once.')
    await server.close()
    await engine.close()
    release()
  }
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

const started = start()
started.catch(fail)

// From the first moment on, so that a Ctrl+C during the start does not leave the private Redis behind.
let stoppingSince: number | null = null
function stop(): void {
  if (stoppingSince !== null) {
    if (Date.now() - stoppingSince > samePressMs) process.exit(130)
    return
  }
  stoppingSince = Date.now()
  setTimeout(() => process.exit(1), drainLimitMs).unref()
  started.then((close) => close()).then(() => process.exit(0), fail)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
