import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { appBeside, programOf, ROOT } from './built-app.mjs'

const FRAMEWORKS = ['koa@3', '@koa/router@15', 'fastify@5', 'hono@4', '@hono/node-server@2']

const ALL = ['express', 'koa', 'fastify', 'hono']

/**
 * What an app of each framework runs in, Node if nothing else is said, and under: tools that trace requests, which are loaded
 * before the app, and of which something is seen on the stack of a handler.
 */
const SURROUNDINGS = {
  'in Node': { apps: ALL },
  'in Bun': { program: () => [programOf('bun@1'), 'run'], apps: ALL },
  'in Deno': { program: () => [programOf('deno@2'), 'run', '--allow-all'], apps: ALL },
  'under OpenTelemetry': {
    packages: [
      '@opentelemetry/sdk-node',
      '@opentelemetry/instrumentation-http',
      '@opentelemetry/instrumentation-express',
      '@opentelemetry/instrumentation-koa',
      '@fastify/otel',
    ],
    preload: `
      const { NodeSDK } = require('@opentelemetry/sdk-node')
      const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
      const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express')
      const { KoaInstrumentation } = require('@opentelemetry/instrumentation-koa')
      const { FastifyOtelInstrumentation } = require('@fastify/otel')
      new NodeSDK({
        spanProcessors: [],
        metricReaders: [],
        instrumentations: [
          new HttpInstrumentation(),
          new ExpressInstrumentation(),
          new KoaInstrumentation(),
          new FastifyOtelInstrumentation({ registerOnInitialization: true }),
        ],
      }).start()`,
    seen: /instrumentation-(?:express|koa)|@fastify.otel/,
    apps: ['express', 'koa', 'fastify'],
  },
  'under Sentry': {
    packages: ['@sentry/node@11'],
    preload: `
      const { init } = require('@sentry/node')
      init({ dsn: 'http://key@127.0.0.1:9/1', tracesSampleRate: 1, beforeSend: () => null, beforeSendTransaction: () => null })`,
    seen: /@sentry.server-utils/,
    apps: ALL,
  },
  'under New Relic': {
    packages: ['newrelic@13'],
    preload: `
      Object.assign(process.env, {
        NEW_RELIC_APP_NAME: 'test',
        NEW_RELIC_LICENSE_KEY: 'a'.repeat(40),
        NEW_RELIC_HOST: '127.0.0.1',
        NEW_RELIC_PORT: '9',
        NEW_RELIC_NO_CONFIG_FILE: 'true',
        NEW_RELIC_LOG_ENABLED: 'false',
      })
      require('newrelic')`,
    seen: /newrelic/,
    apps: ['express', 'koa', 'fastify'],
  },
  'under Datadog': {
    packages: ['dd-trace@6'],
    preload: `require('dd-trace').init({ startupLogs: false, port: 9 })`,
    seen: /dd-trace/,
    apps: ALL,
  },
  'under Elastic': {
    packages: ['elastic-apm-node@4'],
    preload: `require('elastic-apm-node').start({ serverUrl: 'http://127.0.0.1:9', logLevel: 'off', centralConfig: false })`,
    seen: /elastic-apm-node/,
    apps: ['express', 'koa', 'fastify'],
  },
  'under express-async-errors, which does as they do': {
    packages: ['express-async-errors@3'],
    preload: `require('express-async-errors')`,
    seen: /express-async-errors/,
    apps: ['express'],
    express: 'express@4',
  },
}

/** The defaults, 4 a minute, hold for what has no limits of its own; five requests each. */
const ANSWERS = {
  '/own': ['200 2', '200 2', '429 2', '429 2', '429 2'],
  '/both': ['200 4', '200 4', '429 2', '429 2', '429 2'],
  '/free': ['200 -', '200 -', '200 -', '200 -', '200 -'],
  '/default': ['200 4', '200 4', '200 4', '200 4', '429 4'],
  '/api/1': ['200 3', '200 3', '200 3', '429 3', '429 3'],
}

for (const [where, surroundings] of Object.entries(SURROUNDINGS)) {
  test(`limits mean the same ${where}`, { timeout: 600_000 }, async (t) => {
    const { packages = [], preload = '', seen = /framework-app/, apps, express = 'express@5' } = surroundings
    const folder = appBeside(t, [...packages, express, ...FRAMEWORKS], { 'package.json': '{}', 'preload.cjs': preload })
    if (folder === undefined) return undefined
    copyFileSync(join(ROOT, 'test/runtimes/framework-app.cjs'), join(folder, 'framework-app.cjs'))
    let program
    try {
      program = surroundings.program?.() ?? [process.execPath, '--require', './preload.cjs']
    } catch (error) {
      return t.skip(`it cannot be had: ${String(error)}`)
    }
    for (const app of apps) {
      await t.test(app, () => {
        const [command, ...options] = [...program, 'framework-app.cjs', app]
        const { stdout, stderr } = spawnSync(command, options, { cwd: folder, encoding: 'utf8', timeout: 60_000 })
        const line = stdout.split('\n').find((each) => each.startsWith('{"answers"'))
        assert.ok(line, stdout + stderr)
        const { answers, stack } = JSON.parse(line)
        assert.match(stack, seen)
        const { '/before': before, ...others } = answers
        assert.deepEqual(others, ANSWERS)
        assert.deepEqual(before.map(parseFloat), [200, 429, 429, 429, 429])
      })
    }
    return undefined
  })
}
