import { declarationOf } from '../../limiter/declaration.ts'
import { Exchange } from './exchange.ts'
import { type Layer, type Middleware, patternOf, type Router } from './internals.ts'
import type { KoaLimiter } from './koa-limiter.ts'
import { watchMounts } from './mounts.ts'
import { originalOf } from './replaced.ts'
import { RouteRecord } from './route-record.ts'
import type { Req, Res } from './types.ts'

/** The routes of a router by their layers, for as many layers as have been looked at. */
const routesOfRouter = new WeakMap<Router, { count: number; readonly records: Map<Layer, RouteRecord> }>()

/** What stands in the layers of routers in place of a middleware of the app. */
const standIns = new WeakMap<Middleware, Middleware>()

/** Puts a guard before the middleware of every route of a router; answers the routes. */
export function guardRoutes(router: Router): Iterable<RouteRecord> {
  let routes = routesOfRouter.get(router)
  if (!routes) {
    watchMounts(router)
    routesOfRouter.set(router, (routes = { count: 0, records: new Map() }))
  }
  const { records } = routes
  if (routes.count !== router.stack.length) {
    for (const layer of router.stack) if (!records.has(layer)) guard(router, layer, records)
    routes.count = router.stack.length
  }
  return records.values()
}

function guard(router: Router, layer: Layer, records: Map<Layer, RouteRecord>): void {
  // The copy of a layer has its stand-ins too.
  const functions = layer.stack.map((fn) => standIns.get(originalOf(fn)) ?? fn)
  if (layer.methods.length === 0) {
    layer.stack = functions.map((fn) => standing(fn, patternOf(layer) || '/'))
    return
  }
  const record = new RouteRecord(router, layer, functions)
  records.set(layer, record)
  // What `router.param` has put in front comes first, and is looked for there.
  const first = functions.findIndex((fn) => fn.param === undefined)
  layer.stack = functions.map((fn, index) => (index === first ? entering(fn, record) : fn))
}

/** The first middleware of a route, behind the decision of all limits: a middleware more would cost more than that. */
function entering(fn: Middleware, record: RouteRecord): Middleware {
  const enter: Middleware = (ctx, next) => {
    const exchange = Exchange.of(ctx)
    return exchange ? exchange.enterRoute(record, () => fn(ctx, next)) : fn(ctx, next)
  }
  standIns.set(enter, fn)
  return enter
}

/** A limit that came by `router.use` stands at the path that it came with. */
function standing(fn: Middleware, pattern: string): Middleware {
  const declaration = declarationOf<KoaLimiter, Req, Res>(originalOf(fn))
  if (!declaration?.rule) return fn
  const limit: Middleware = (ctx, next) => declaration.limiter.reachLimit(declaration, ctx, next, pattern)
  standIns.set(limit, fn)
  return limit
}
