// The service worker as one classic script at the root, `/sw.js`, whose scope is all pages.
import { defineConfig } from 'vite';

export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    target: 'es2022',
    lib: {
      entry: 'app/worker/sw.ts',
      formats: ['iife'],
      name: 'worker',
      fileName: () => 'sw.js',
    },
    minify: 'esbuild',
  },
});
