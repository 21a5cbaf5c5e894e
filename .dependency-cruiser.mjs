/*
 * Who may import whom, as ARCHITECTURE.md draws it:
 *
 *   main ─┐
 *   server┴► engine ─► systems ─► domain
 *               └────► contract ─► domain
 *   renderer ────────► contract, domain          preload ► nothing but electron
 *
 * Tests, and the conformance suite that they call, are free of it: they arrange what they test. `npm run check` runs this; scripts/import-rule.test.ts plants a
 * breach of every rule and sees it found.
 */

const tests = '(\\.test\\.tsx?$|^src/systems/conformance/)'
const source = (layer) => ({ path: `^src/${layer}/`, pathNot: tests })

/** A layer may import itself and these; every other file of src/ is out of its reach. */
const layer = (name, ...allowed) => ({
  name: `${name}-layer`,
  severity: 'error',
  from: source(name),
  to: { path: '^(src|test|scripts|e2e|bench)/', pathNot: [name, ...allowed].map((other) => `^src/${other}/`) },
})

/** A package that only some folders may import. */
const only = (name, packagePattern, folders) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: [tests, ...folders.map((folder) => `^src/${folder}/`)] },
  to: { path: packagePattern },
})

export default {
  forbidden: [
    layer('domain'),
    layer('contract', 'domain'),
    layer('systems', 'domain'),
    layer('engine', 'systems', 'contract', 'domain'),
    layer('main', 'engine', 'systems', 'contract', 'domain'),
    layer('server', 'engine', 'systems', 'contract', 'domain'),
    layer('renderer', 'contract', 'domain'),
    {
      name: 'preload-imports-electron-only',
      severity: 'error',
      from: source('preload'),
      to: { pathNot: '^electron$|(^|/)node_modules/electron/' },
    },
    {
      name: 'systems-are-siblings',
      severity: 'error',
      from: { path: '^src/systems/([^/]+)/', pathNot: tests },
      to: { path: '^src/systems/([^/]+)/', pathNot: ['^src/systems/$1/', '^src/systems/shared/'] },
    },
    {
      name: 'screens-are-siblings',
      severity: 'error',
      from: { path: '^src/renderer/screens/([^/]+)/', pathNot: tests },
      to: { path: '^src/renderer/screens/([^/]+)/', pathNot: '^src/renderer/screens/$1/' },
    },
    {
      name: 'no-node-in-the-page',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: tests },
      to: { path: '^[a-z:_/]+$', reachable: true }, // a module without a file, so one of Node's own
    },
    only('electron-in-the-shell-only', '^electron$|(^|/)node_modules/electron/', ['main', 'preload']),
    only('ioredis-in-engine-redis-only', '^ioredis$|(^|/)node_modules/ioredis/', ['engine/redis']),
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true, // an import of a type is an import
    combinedDependencies: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
