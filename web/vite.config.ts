import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: 'app',
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    rollupOptions: { input: ['app/index.html', 'app/watch.html', 'app/docs.html'] },
    // The policy of mulliond's pages allows no `data:` fonts.
    assetsInlineLimit: 0,
    // Every browser that can make a call preloads by itself.
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true } },
  },
  test: {
    root: '.',
    include: ['{sdk,ui,app}/test/**/*.test.ts'],
    environment: 'happy-dom',
    coverage: { include: ['sdk/src/**'], thresholds: { lines: 90 } },
  },
});
