import express, { type Router } from 'express'
import { expect } from 'vitest'
import { limiterWith, ok, once, served, tells, twice } from '../adapters/express/playground.ts'
import { better } from './better.ts'

/** A router inside another one, mounted on `path`, with one route. */
function within(parent: { use(path: string, router: Router): unknown }, path: string): Router {
  const router = express.Router()
  router.get('/x', ok)
  parent.use(path, router)
  return router
}

better('group-limits-drop-meta', 'limits of a group keep their meta limits', async () => {
  const app = express()
  limiterWith()
    .init(app)
    .group(within(app, '/g'), once, { metaLimits: ['1/day'] })
  await (await served(app)).expect('/g/x', ['ok', once, '1 per 1 day'])
})

better('group-name-collision', 'a group is a router, whatever it is called', async () => {
  const app = express()
  const limiter = limiterWith().init(app)
  limiter.group(within(within(app, '/shop'), '/api'), once)
  limiter.group(within(within(app, '/blog'), '/api'), twice)
  const play = await served(app)
  await play.expect('/shop/api/x', ['ok', once])
  await play.expect('/blog/api/x', ['ok', 'ok', twice])
})

better('override-not-inherited', 'what a group overrides stays so for the groups inside it', async () => {
  const app = express()
  const limiter = limiterWith().init(app)
  const outer = within(app, '/o')
  const middle = within(outer, '/m')
  within(middle, '/i')
  limiter.group(outer, once).group(middle, twice)
  await (await served(app)).expect('/o/m/i/x', ['ok', 'ok', twice])
})

better('ancestor-order-arbitrary', 'inherited limits come from the outermost group in', async () => {
  const app = express()
  const limiter = limiterWith().init(app)
  const outer = within(app, '/o')
  const inner = within(outer, '/i')
  limiter.group(inner, '3/minute', { overrideDefaults: false }).group(outer, '2/minute', { overrideDefaults: false })
  inner.get(
    '/order',
    tells((request) => limiter.currentLimits(request).map(({ limit }) => limit.text)),
  )
  await (await served(app)).expect('/o/i/order', '["2 per 1 minute","3 per 1 minute"]')
})

better(
  'exempt-route-drops-own-limits',
  'a named scope leaves the limits of the route itself; a bare exemption does not',
  async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [once] }).init(app)
    app.get('/named', limiter.limit(twice), limiter.exempt({ default: true }), ok)
    app.get('/bare', limiter.limit(twice), limiter.exempt(), ok)
    const play = await served(app)
    await play.expect('/named', ['ok', 'ok', twice])
    await play.expect('/bare', ['ok', 'ok', 'ok'])
  },
)

better(
  'exempt-group-drops-own-limits',
  'a named scope leaves the limits of the group itself; a bare exemption does not',
  async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [once] }).init(app)
    const [named, bare] = [within(app, '/named'), within(app, '/bare')]
    limiter.group(named, twice).exempt(named, { meta: true, descendants: true })
    limiter.group(bare, twice).exempt(bare)
    const play = await served(app)
    await play.expect('/named/x', ['ok', 'ok', twice])
    await play.expect('/bare/x', ['ok', 'ok', 'ok'])
  },
)

better('exempt-route-keeps-group-limits', "a bare exemption frees a route from its group's limits", async () => {
  const app = express()
  const limiter = limiterWith().init(app)
  const router = within(app, '/g')
  limiter.group(router, once)
  router.get('/free', limiter.exempt(), ok)
  await (await served(app)).expect('/g/free', ['ok', 'ok', 'ok'])
})

better('deduct-when-sees-429', 'deductWhen is not asked about our own refusal', async () => {
  const app = express()
  const seen: number[] = []
  limiterWith({ defaultLimits: [{ limit: once, deductWhen: ({ statusCode }) => seen.push(statusCode) > 0 }] }).init(app)
  app.get('/a', ok)
  await (await served(app)).expect('/a', ['ok', once, once])
  expect(seen).toEqual([200])
})

better('head-is-its-own-method', 'HEAD that a route for GET answers counts as GET', async () => {
  const app = express()
  const limiter = limiterWith({ defaultLimitsPerMethod: true, defaultLimits: [twice] }).init(app)
  app.get('/a', ok)
  app.get('/get', limiter.limit(once, { methods: ['GET'] }), ok)
  const play = await served(app)
  await play.expect('HEAD /a', [200, 200, 429])
  await play.expect('/a', twice)
  await play.expect('HEAD /get', [200, 429])
})

better('options-skips-route-limits', 'an automatic answer to OPTIONS consumes nothing', async () => {
  const app = express()
  limiterWith({ applicationLimits: [once], defaultLimits: [once] }).init(app)
  app.get('/a', ok)
  const play = await served(app)
  await play.expect('OPTIONS /a', [200, 200])
  await play.expect('/a', 'ok')
})

better('static-by-name', 'a route that is called static is limited like any other', async () => {
  const app = express()
  const limiter = limiterWith({ defaultLimits: [once], requestIdentifier: () => 'static' }).init(app)
  app.get('/static', ok)
  app.get(
    '/blueprint/static',
    tells((request) => limiter.currentLimits(request).length),
  )
  await (await served(app)).expect('/static', ['ok', once])
})

better('disabled-limiter-disables-next', 'a limiter that is not enabled leaves others alone', async () => {
  const app = express()
  limiterWith({ keyPrefix: 'off', enabled: false, defaultLimits: ['9/minute'] }).init(app)
  limiterWith({ keyPrefix: 'on', defaultLimits: [once] }).init(app)
  app.get('/a', ok)
  await (await served(app)).expect('/a', ['ok', once])
})

better('limits-learned-from-traffic', 'a limited function does not change which limits a route has', async () => {
  const app = express()
  const limiter = limiterWith({ defaultLimits: [twice] }).init(app)
  const limited = limiter.limit('9/minute').wrap(() => 'ok')
  app.get('/a', (_request, response, next) => {
    Promise.resolve(limited()).then((text) => response.send(text), next)
  })
  await (await served(app)).expect('/a', ['ok', 'ok', twice])
})
