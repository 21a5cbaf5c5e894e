import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { type Topology, usualDraft } from '../../../src/domain/profile.ts'
import { createEngine } from '../../../src/engine/engine.ts'
import { forkNodeProcess } from '../../../src/engine/processes/fork-process.ts'
import { memorySecretStore } from '../../../src/engine/profiles/secret-store.ts'
import type { TelemetryEvent } from '../../../src/engine/sampler/telemetry.ts'

/** The whole engine as a window sees it. */
export async function openEngine() {
  const dataFolder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  process.once('exit', () => rmSync(dataFolder, { recursive: true, force: true }))
  const engine = await createEngine({
    ...{ dataFolder, secrets: memorySecretStore(), shell: 'electron', demo: false, notices: [], api: null },
    ...{ platform: process.platform, version: '0.0.0', fork: forkNodeProcess, runner: '' },
  })
  const client = createRouterClient(engine.router)
  /** Saves a profile for some servers; resolves to its id. */
  const saveAt = async (how: { url: string; topology?: Topology }) =>
    (await client.profiles.save({ ...usualDraft, name: how.url, ...how })).id
  return {
    client,
    saveAt,
    /** Saves a profile for the server at a port. */
    save: (port: number) => saveAt({ url: `redis://127.0.0.1:${port}` }),
    /** Reads the numbers as a window does, one event after the other. */
    async watch(onEvent: (event: TelemetryEvent) => void): Promise<void> {
      for await (const event of await client.telemetry.watch({})) onEvent(event)
    },
    close: () => engine.close(),
  }
}
