import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { appBeside } from './built-app.mjs'

const EVENT = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/',
  rawQueryString: '',
  headers: { host: 'api.example', 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' },
  requestContext: {
    accountId: '1',
    apiId: 'api',
    domainName: 'api.example',
    http: { method: 'GET', path: '/', protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'test' },
    requestId: '1',
    stage: '$default',
    time: '22/Nov/2026:12:00:00 +0000',
    timeEpoch: 1795348800000,
  },
  isBase64Encoded: false,
}

/** An app that answers the address that it counts, once a day; prints what two events from one client are answered. */
function program(framework, handler) {
  return `
    const { createLimiter, remoteAddress } = require('sluice/${framework}')
    const warnings = []
    const logger = { warn: (message) => warnings.push(message) }
    const limiter = createLimiter({ key: remoteAddress, defaultLimits: ['1 per day'], logger })
    const handler = (() => { ${handler} })()
    const ask = async () => (({ statusCode, body }) => [statusCode, body])(await handler(${JSON.stringify(EVENT)}, {}))
    ask().then(async (first) => console.log(JSON.stringify([first, await ask(), warnings])))`
}

const EXPRESS = `
  const app = require('express')()
  limiter.init(app)
  app.get('/', (request, response) => response.send(remoteAddress(request)))`
const FASTIFY = `
  const app = require('fastify')()
  app.register(limiter.plugin)
  app.after(() => app.get('/', async (request) => remoteAddress(request)))`

/** What the guide says of AWS Lambda: these give requests the client's address. */
const LIBRARIES = {
  'serverless-http@4': ['express', `${EXPRESS}; return require('serverless-http')(app)`],
  '@codegenie/serverless-express@4': [
    'express',
    `${EXPRESS}; return require('@codegenie/serverless-express')({ app })`,
  ],
  '@fastify/aws-lambda@6': ['fastify', `${FASTIFY}; return require('@fastify/aws-lambda')(app)`],
}

for (const [library, [framework, handler]] of Object.entries(LIBRARIES)) {
  test(`on AWS Lambda, ${library} tells the address of the client`, { timeout: 300_000 }, (t) => {
    const files = { 'package.json': '{}', 'app.cjs': program(framework, handler) }
    const folder = appBeside(t, [library, `${framework}@5`], files)
    if (folder === undefined) return
    const { stdout, stderr } = spawnSync(process.execPath, ['app.cjs'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    })
    assert.deepEqual(JSON.parse(stdout || 'null'), [[200, '203.0.113.7'], [429, '1 per 1 day'], []], stderr)
  })
}
