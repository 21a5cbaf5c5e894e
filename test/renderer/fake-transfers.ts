import { redactionRulesSchema } from '../../src/domain/redaction.ts'
import type { FakeContext } from './fake-os.ts'

const beat = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Files that are written nowhere, and taken from the page. */
export function transfersRouter({ os, writable }: FakeContext) {
  let rules = redactionRulesSchema.parse([
    { type: 'path', find: 'to', with: null },
    { type: 'path', find: 'data.name', with: 'somebody' },
    { type: 'pattern', find: '\\b\\d{16}\\b', with: null },
  ])
  const uploads = new Map<string, string>()
  return {
    export: os.transfers.export.handler(async function* ({ input, signal }) {
      const { selection } = input
      const total =
        selection.type === 'refs' ? selection.places.reduce((sum, { refs }) => sum + refs.length, 0) : 12_431
      const path = `/home/ada/Downloads/sluice-jobs-2026-11-22-164512.${input.format}`
      for (let step = 1; step <= 20; step++) {
        const jobs = Math.round((total * step) / 20)
        yield { path, jobs, total, bytes: jobs * 512, done: step === 20 }
        await beat(120)
        if (signal?.aborted) return
      }
    }),
    upload: os.transfers.upload.handler(({ input }) => {
      const id = input.id ?? crypto.randomUUID()
      const text = (uploads.get(id) ?? '') + input.text
      uploads.set(id, text)
      return { id, bytes: new TextEncoder().encode(text).length }
    }),
    planImport: os.transfers.planImport.handler(({ input }) => {
      const lines = (uploads.get(input.id) ?? '').split('\n').filter((line) => line !== '')
      const problems = lines.flatMap((line, at) =>
        input.format === 'ndjson' && !line.startsWith('{')
          ? [{ line: at + 1, problem: 'It is not a JSON object.' }]
          : [],
      )
      return {
        rows: lines.length,
        bytes: (uploads.get(input.id) ?? '').length,
        problems: problems.slice(0, 100),
        problemCount: problems.length,
        sample: lines
          .filter((line) => line.startsWith('{'))
          .slice(0, 10)
          .map((payload, at) => ({ name: at % 2 === 0 ? 'order_confirmation' : null, payload })),
      }
    }),
    import: os.transfers.import.handler(({ input }) => {
      const { profile } = writable(input.connectionId)
      const total = (uploads.get(input.id) ?? '').split('\n').length
      return {
        id: crypto.randomUUID(),
        journalIds: [],
        connectionId: profile.id,
        action: 'import' as const,
        queue: input.queue,
        stateLabel: 'Waiting',
        status: 'running' as const,
        done: 0,
        missing: 0,
        refused: 0,
        total,
        startedAt: Date.now(),
        endedAt: null,
        cancelled: false,
        rate: null,
        leftMs: null,
        pace: null,
        canary: null,
        problem: null,
        steerable: true,
        resumed: false,
      }
    }),
    redaction: os.transfers.redaction.handler(() => rules),
    saveRedaction: os.transfers.saveRedaction.handler(({ input }) => {
      rules = input.rules
      return rules
    }),
    tryRedaction: os.transfers.tryRedaction.handler(({ input }) => {
      let { payload } = input
      let replaced = 0
      const problems: string[] = []
      for (const rule of input.rules) {
        const find = rule.type === 'pattern' ? rule.find : `(?<="${rule.find.split('.').at(-1)}":)("[^"]*"|[\\d.]+)`
        if (rule.type === 'pattern' && rule.find.includes('(.*')) {
          problems.push(`${rule.find} takes too long on this payload.`)
          continue
        }
        payload = payload.replace(new RegExp(find, 'gu'), () => {
          replaced++
          return JSON.stringify(rule.with ?? `redacted-${(replaced * 7919).toString(16)}`)
        })
      }
      return { payload, replaced, problems }
    }),
  }
}
