import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import manifest from './package.json' with { type: 'json' }

/** What the oldest runtime we support has: Electron 33 carries Node 20.18 and Chromium 130. */
const oldest = { node: 'node20.18', page: 'chrome130' }

/** Optional native parts of `ws`; it works without them, and a bundle cannot hold them. */
const optional = ['bufferutil', 'utf-8-validate']

export default defineConfig({
  // Both shells in one build, so that the engine is bundled once: out/main for Electron, out/server for plain Node.
  main: {
    define: { __SLUICE_VERSION__: JSON.stringify(manifest.version) },
    build: {
      outDir: 'out',
      target: oldest.node,
      externalizeDeps: false,
      sourcemap: true,
      rolldownOptions: {
        input: {
          'main/index': 'src/main/index.ts',
          'server/index': 'src/server/index.ts',
          'server/snapshot': 'src/server/snapshot.ts',
          // What a process of a handler runs, in both shells.
          'handlers/handler-runner': 'src/engine/processes/runner/handler-runner.ts',
        },
        // Packages that read files of their own: tsx its loader, bull its scripts, ssh2 a native part where there is one.
        // bullmq asks for its ioredis by name.
        external: ['electron', /^(tsx|bull|bullmq|bullmq5|ssh2)($|\/)/, ...optional],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'shared/[name]-[hash].js' },
      },
    },
  },
  // A sandboxed preload can require nothing but electron, and cannot be an ES module.
  preload: {
    build: {
      outDir: 'out/preload',
      target: oldest.node,
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: 'src/preload/index.ts' },
        external: ['electron'],
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [react(), tailwindcss()],
    build: {
      outDir: 'out/renderer',
      target: oldest.page,
      minify: true,
      // Every image a file: the policy allows data:, but a file is cached and compressed by itself.
      assetsInlineLimit: 0,
      rolldownOptions: { input: { index: 'src/renderer/index.html' } },
    },
  },
})
