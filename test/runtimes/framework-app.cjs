/** An app of the framework that is named, asked by itself: prints what it answered, and the stack of a handler. */
const { createServer, request } = require('node:http')

Error.stackTraceLimit = 100
let stack = ''

const answer = () => {
  stack ||= new Error().stack
  return 'ok'
}

const options = ({ remoteAddress }) => ({
  key: remoteAddress,
  defaultLimits: ['4 per minute'],
  headers: 'legacy',
  storage: 'memory://',
})

/** The routes of a framework whose limits are middleware, on an app or router and on one that is about to be mounted in it. */
function declareRoutes(outer, inner, limiter, pass, ok) {
  outer.get('/own', pass, limiter.limit('2 per minute'), ok)
  outer.get('/both', pass, limiter.limit('2 per minute', { overrideDefaults: false }), ok)
  outer.get('/free', pass, limiter.exempt(), ok)
  outer.get('/default', ok)
  outer.get('/before', ok)
  limiter.group(inner, '3 per minute')
  inner.get('/:id', ok)
}

const APPS = {
  express() {
    const express = require('express')
    const sluice = require('sluice/express')
    const app = express()
    const limiter = sluice.createLimiter(options(sluice))
    limiter.init(app)
    const pass = (_request, _response, next) => next()
    const ok = (_request, response) => void response.send(answer())
    const api = express.Router()
    app.use('/before', limiter.limit('1 per minute'))
    declareRoutes(app, api, limiter, pass, ok)
    app.use('/api', api)
    return createServer(app)
  },
  koa() {
    const Koa = require('koa')
    const { Router } = require('@koa/router')
    const sluice = require('sluice/koa')
    const app = new Koa()
    const limiter = sluice.createLimiter(options(sluice))
    limiter.init(app)
    const pass = (_ctx, next) => next()
    const ok = (ctx) => void (ctx.body = answer())
    const router = new Router()
    const api = new Router()
    router.use('/before', limiter.limit('1 per minute'))
    declareRoutes(router, api, limiter, pass, ok)
    router.use('/api', api.routes())
    app.use(router.routes())
    return createServer(app.callback())
  },
  async fastify() {
    const sluice = require('sluice/fastify')
    const app = require('fastify')()
    const limiter = sluice.createLimiter(options(sluice))
    app.register(limiter.plugin)
    const ok = async () => answer()
    app.get('/own', { onRequest: limiter.limit('2 per minute') }, ok)
    app.get('/both', { preHandler: limiter.limit('2 per minute', { overrideDefaults: false }) }, ok)
    app.get('/free', { onRequest: limiter.exempt() }, ok)
    app.get('/default', ok)
    app.register(async (before) => {
      before.addHook('onRequest', limiter.limit('1 per minute'))
      before.get('/before', ok)
    })
    app.register(
      async (api) => {
        limiter.group(api, '3 per minute')
        api.get('/:id', ok)
      },
      { prefix: '/api' },
    )
    await app.ready()
    return app.server
  },
  hono() {
    const { createAdaptorServer } = require('@hono/node-server')
    const { Hono } = require('hono')
    const sluice = require('sluice/hono')
    const app = new Hono()
    const limiter = sluice.createLimiter(options(sluice))
    limiter.init(app)
    const pass = (_context, next) => next()
    const ok = (context) => context.text(answer())
    const api = new Hono()
    limiter.group(api, '3 per minute')
    app.use('/before/*', limiter.limit('1 per minute'))
    declareRoutes(app, api, limiter, pass, ok)
    app.route('/api', api)
    return createAdaptorServer({ fetch: app.fetch })
  },
}

const ASKED = ['/own', '/both', '/free', '/default', '/before', '/api/1']

async function main(name) {
  const server = await APPS[name]()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  const answers = {}
  for (const path of ASKED) {
    answers[path] = [await ask(port, path, 'HEAD')]
    for (let time = 1; time < 5; time += 1) answers[path].push(await ask(port, path, 'GET'))
  }
  console.log(JSON.stringify({ answers, stack }))
  // Agents keep the process.
  process.exit(0)
}

/** The status, and of which limit the headers tell. */
function ask(port, path, method) {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method, agent: false }, ({ statusCode, headers }) => {
      resolve(`${statusCode} ${String(headers['x-ratelimit-limit'] ?? '-')}`)
      asking.destroy()
    })
    asking.on('error', reject).end()
  })
}

void main(process.argv[2])
