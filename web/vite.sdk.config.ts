// The client alone as one file, `/sdk/mullion-client.js`, for pages without a bundler.
import { defineConfig } from 'vite';

export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist/sdk',
    emptyOutDir: true,
    target: 'es2022',
    lib: { entry: 'sdk/src/index.ts', formats: ['es'], fileName: () => 'mullion-client.js' },
    minify: 'esbuild',
  },
});
