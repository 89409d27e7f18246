import { join } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const root = import.meta.dirname;

export default defineConfig({
  root,
  publicDir: false,
  plugins: [react(), tailwindcss()],
  resolve: {
    alias: {
      '@': root,
      // Its build for browsers reads entities by innerHTML, which the policy of the page forbids; the other one has a table.
      'decode-named-character-reference': join(
        root,
        '../node_modules/decode-named-character-reference/index.js',
      ),
    },
  },
  // The server puts a new nonce in its place with every page: see src/http/console.ts.
  html: { cspNonce: 'KEYWARD_NONCE' },
  // For `npm run dev:console`: the pages come from here, everything else from a server that runs beside.
  server: {
    proxy: Object.fromEntries(
      ['^/api/', '^/docs/', '^/(healthz|readyz)$'].map((path) => [
        path,
        process.env.KEYWARD_DEV_SERVER ?? 'http://localhost:8787',
      ]),
    ),
  },
  build: {
    outDir: join(root, '../dist/console'),
    emptyOutDir: true,
    target: 'es2023',
    // A data: URL in a script or a style would need a wider policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
