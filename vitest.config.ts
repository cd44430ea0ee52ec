import { defineConfig } from 'vitest/config'
import { VARIABLES } from './test/servers/given-uri.ts'

/** Suites that look at the built package or run other tools: they need `npm run build`, and are slower. */
const OUTSIDE = 'test/{dist,docs,tooling}/**/*.test.ts'
const ARCHITECTURE = 'test/architecture/**/*.test.ts'
/** Suites that start several servers. */
const SERVERS = 'test/servers/**/*.test.ts'
/** Other versions of frameworks bring tests of theirs along. */
const INSTALLED = 'test/**/node_modules/**'
/** What is said of the clients of Redis, once more with the older versions of two of them. */
const OLDER_CLIENTS = ['test/servers/{clients,cluster,sentinel}.test.ts', 'test/storage/redis/adopted-clients.test.ts']
const LINKS = 'test/docs/links.test.ts'
/** No test is about how long something takes: this ends what hangs, also on a busy machine. */
const HANGS_MS = 60_000
/** A server that the environment names is emptied for each file that uses it. */
const hasGivenServer = Object.values(VARIABLES).some((name) => process.env[name])

export default defineConfig({
  test: {
    fileParallelism: !hasGivenServer,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [OUTSIDE, ARCHITECTURE, SERVERS, INSTALLED],
          testTimeout: HANGS_MS,
          hookTimeout: HANGS_MS,
        },
      },
      { test: { name: 'architecture', include: [ARCHITECTURE] } },
      { test: { name: 'servers', include: [SERVERS], testTimeout: HANGS_MS, hookTimeout: HANGS_MS } },
      {
        resolve: { alias: { ioredis: 'ioredis5', redis: 'redis5' } },
        test: { name: 'older-clients', include: OLDER_CLIENTS, testTimeout: HANGS_MS, hookTimeout: HANGS_MS },
      },
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
