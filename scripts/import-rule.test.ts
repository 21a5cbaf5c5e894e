import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** A breach of every rule: the file to plant, what it holds, and the rule that must find it; null for what it needs. */
const breaches: readonly [rule: string | null, file: string, text: string][] = [
  ['domain-layer', 'src/domain/b.ts', "import '../systems/system.ts'"],
  [
    'contract-layer',
    'src/contract/b.ts',
    "import type { Feed } from '../engine/feed.ts'\nexport type B = Feed<string>",
  ],
  ['systems-layer', 'src/systems/b.ts', "import '../contract/contract.ts'"],
  ['engine-layer', 'src/engine/b.ts', "import '../main/b.ts'"],
  ['main-layer', 'src/main/b.ts', "import '../server/b.ts'"],
  ['server-layer', 'src/server/b.ts', "import '../renderer/b.ts'"],
  [
    'renderer-layer',
    'src/renderer/b.ts',
    "import type { Feed } from '../engine/feed.ts'\nexport type B = Feed<string>",
  ],
  ['preload-imports-electron-only', 'src/preload/b.ts', "import 'zod'"],
  ['systems-are-siblings', 'src/systems/one/b.ts', "import '../two/b.ts'"],
  [null, 'src/systems/two/b.ts', ''],
  ['screens-are-siblings', 'src/renderer/screens/one/b.ts', "import '../two/b.ts'"],
  [null, 'src/renderer/screens/two/b.ts', ''],
  ['no-node-in-the-page', 'src/renderer/n.ts', "import '../domain/n.ts'"],
  [null, 'src/domain/n.ts', "import 'node:fs'"],
  ['electron-in-the-shell-only', 'src/engine/e.ts', "import 'electron'"],
  ['ioredis-in-engine-redis-only', 'src/engine/r.ts', "import 'ioredis'"],
  ['no-circles', 'src/domain/c1.ts', "import './c2.ts'"],
  [null, 'src/domain/c2.ts', "import './c1.ts'"],
  ['resolvable', 'src/domain/missing.ts', "import './nowhere.ts'"],
]

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-rule-'))
  for (const name of ['src', 'package.json', 'tsconfig.json', '.dependency-cruiser.mjs']) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
})
afterAll(() => rmSync(folder, { recursive: true }))

function check() {
  const answer = spawnSync(process.execPath, [join(root, 'scripts', 'import-rule.mjs'), folder], { encoding: 'utf8' })
  return { code: answer.status, problems: answer.stderr }
}

test('a planted breach of each rule is found', () => {
  for (const [, file, text] of breaches) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const { code, problems } = check()
  for (const [, file] of breaches) rmSync(join(folder, file))
  expect(code).toBe(1)
  for (const [rule, file] of breaches) {
    if (rule !== null) expect(problems).toContain(`${rule}: ${file} → `)
  }
}, 120_000)

test('a tool that reads nothing is no pass', () => {
  const empty = mkdtempSync(join(tmpdir(), 'sluice-rule-empty-'))
  mkdirSync(join(empty, 'src'))
  writeFileSync(join(empty, 'src', 'alone.ts'), '')
  for (const name of ['package.json', 'tsconfig.json', '.dependency-cruiser.mjs']) {
    cpSync(join(root, name), join(empty, name))
  }
  symlinkSync(join(root, 'node_modules'), join(empty, 'node_modules'), 'junction')
  const answer = spawnSync(process.execPath, [join(root, 'scripts', 'import-rule.mjs'), empty], { encoding: 'utf8' })
  rmSync(empty, { recursive: true })
  expect(answer.status).toBe(1)
  expect(answer.stderr).toContain('only 1 modules were read')
}, 120_000)
