import { snapshot } from '../engine/snapshot-command.ts'

/** `npm start -- --snapshot URL`: one JSON document on stdout, or a sentence on stderr and exit code 1. */
async function run(): Promise<void> {
  const [url, ...rest] = process.argv.slice(2)
  if (url === undefined || rest.length > 0)
    throw new Error('--snapshot needs one Redis URL, such as redis://127.0.0.1:6379.')
  const document = JSON.stringify(await snapshot(url))
  // Exit only when the text is out: a pipe takes it in pieces.
  process.stdout.write(`${document}\n`, () => process.exit(0))
}

run().catch((error) => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
})
