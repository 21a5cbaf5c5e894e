import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))

/** `npx vite --config test/renderer/harness/vite.config.ts`: the screens over a fake engine, with hot reload. */
export default defineConfig({
  root: here,
  plugins: [react(), tailwindcss()],
  build: {
    outDir: fileURLToPath(new URL('../../../out/harness', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome130',
  },
  server: { host: '127.0.0.1', port: 5199, fs: { allow: [fileURLToPath(new URL('../../..', import.meta.url))] } },
})
