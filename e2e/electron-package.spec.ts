import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from './fixtures.ts'

const root = join(import.meta.dirname, '..')

/*
 * Makes the unpacked app as it is shipped, with the Electron of these tests, and looks at it: fuses, files, licences, its
 * start in the sandbox, handler processes, and what it refuses (scripts/package/check-package.mjs). It takes no Playwright,
 * because a packaged Sluice lets no debugger in.
 */
test('the packaged app has its fuses, no files of development, and starts', async ({}, info) => {
  const args = [join(root, 'scripts', 'package.mjs'), '--dir', '--output', info.outputPath('dist')]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
  expect(code, output).toBe(0)
  const [line] = output.split('\n').filter((each) => each.startsWith('{"sluice"'))
  test.skip(line === undefined, 'this machine cannot start it in its sandbox; its files were looked at')
  const { packaged, checks } = JSON.parse(line ?? '{}')
  expect(packaged).toBe(true)
  expect(checks.map(({ name, ok }: { name: string; ok: boolean }) => `${name}: ${ok}`)).toEqual([
    ...['page: true', 'isolation: true', 'sandbox: true', 'packages: true', 'handler: true'],
  ])
})
