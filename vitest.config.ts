import { defineConfig } from 'vitest/config'

/** Suites that look at the built package or run other tools: they need `npm run build`, and are slower. */
const OUTSIDE = 'test/{dist,docs,tooling}/**/*.test.ts'
const ARCHITECTURE = 'test/architecture/**/*.test.ts'
/** Suites that start several servers. */
const SERVERS = 'test/servers/**/*.test.ts'
const LINKS = 'test/docs/links.test.ts'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [OUTSIDE, ARCHITECTURE, SERVERS] } },
      { test: { name: 'architecture', include: [ARCHITECTURE] } },
      { test: { name: 'servers', include: [SERVERS], testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: 'links', include: [LINKS] } },
      { test: { name: 'package', include: [OUTSIDE], exclude: [LINKS], testTimeout: 120_000, hookTimeout: 300_000 } },
    ],
    coverage: {
      include: ['src/strategy/**', 'src/storage/kernel.ts', 'src/limiter/plan.ts'],
      reporter: ['text'],
      thresholds: { branches: 100 },
    },
  },
})
