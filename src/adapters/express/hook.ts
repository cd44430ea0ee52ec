import { ConfigurationError } from '../../errors.ts'
import { runWithRequest } from '../../http/request-context.ts'
import { readDeclaration } from './declarations.ts'
import { currentRequest, Exchange } from './exchange.ts'
import type { ExpressLimiter } from './express-limiter.ts'
import {
  answersHead,
  type Application,
  type Handle,
  isRouter,
  type Layer,
  type LayerClass,
  layerClassOf,
  type Next,
  type Router,
  routerOf,
} from './internals.ts'
import { RouteEntry } from './route-entry.ts'
import { Scope } from './scope.ts'
import type { Req, Res } from './types.ts'

type Kind = 'route' | 'mount' | 'declaration' | 'middleware' | 'handler'

const KIND = Symbol('sluice.kind')
const HOOKED = Symbol('sluice.hooked')

/** What is known of an app: which limiters it was initialised with, and its place when it is not mounted in another one. */
interface AppHook {
  readonly limiters: ExpressLimiter[]
  readonly root: Scope
}

const HOOKS = new WeakMap<Application, AppHook>()

/**
 * Puts a limiter, or only the boundary of a group, around an app. Requests are followed by the one method through which
 * Express 4 and 5 run every layer of every router; it does nothing for requests of apps without a limiter.
 */
export function hookApp(app: Application, limiter: ExpressLimiter | undefined): readonly ExpressLimiter[] {
  let hook = HOOKS.get(app)
  if (!hook) {
    hook = { limiters: [], root: new Scope(undefined, '', app) }
    HOOKS.set(app, hook)
    replaceHandle(app, hook)
  }
  if (limiter && !hook.limiters.includes(limiter)) hook.limiters.push(limiter)
  return hook.limiters
}

/** The limiters and places of an app, for walking over what it declares. */
export function rootScopeOf(app: Application): Scope | undefined {
  return HOOKS.get(app)?.root
}

function replaceHandle(app: Application, { limiters, root }: AppHook): void {
  const { handle } = app
  let isHooked = false
  app.handle = function hookedHandle(this: Application, request, response, callback): void {
    if (!isHooked) {
      hookLayers(layerClassOf(routerOf(app)))
      isHooked = true
    }
    const req = request as Req
    const res = response as Res
    const outer = Exchange.of(req)
    let next = callback
    if (outer) {
      const leave = outer.enterApp(outer.scope.inside(app), limiters)
      next = (error) => {
        leave()
        callback?.(error)
      }
    } else if (limiters.length > 0) Exchange.begin(req, res, root, limiters)
    for (const { wraps } of limiters) {
      if (wraps) return runWithRequest(currentRequest, req, req, () => handle.call(this, req, res, next))
    }
    handle.call(this, req, res, next)
  }
}

/** Lets a router that is a group be known to requests that a middleware hands to it. Those that it is mounted for know it already. */
export function hookRouter(router: Router): void {
  if (Object.hasOwn(router, HOOKED)) return
  Object.defineProperty(router, HOOKED, { value: true })
  const { handle } = router
  router.handle = function hookedHandle(this: Router, request, response, next): void {
    const exchange = Exchange.of(request)
    if (!exchange) return handle.call(this, request, response, next)
    const { scope } = exchange
    exchange.scope = scope.inside(router)
    handle.call(this, request, response, (error?: unknown) => {
      exchange.scope = scope
      next(error)
    })
  }
}

function hookLayers(layerClass: LayerClass): void {
  const layers = layerClass.prototype
  if (Object.hasOwn(layers, HOOKED)) return
  const name = typeof layers['handleRequest'] === 'function' ? 'handleRequest' : 'handle_request'
  const original = layers[name] as Handle | undefined
  if (typeof original !== 'function') {
    throw new ConfigurationError(
      'this version of Express runs its layers in a way that is not known here; Express 4.17 to 5.3 are',
    )
  }
  Object.defineProperty(layers, HOOKED, { value: true })
  layers[name] = function hookedLayer(
    this: Layer & { [KIND]?: Kind },
    request: Req,
    response: Res,
    next: Next,
  ): unknown {
    const exchange = Exchange.of(request)
    if (exchange === undefined) return original.call(this, request, response, next)
    switch ((this[KIND] ??= kindOf(this))) {
      case 'handler':
        return original.call(this, request, response, next)
      case 'middleware':
        return original.call(this, request, response, goingOn(exchange, next))
      case 'route':
        // Express asks every route for HEAD, also those that do not answer it.
        if (request.method === 'HEAD' && !answersHead(this.route!)) return original.call(this, request, response, next)
        return exchange.enterRoute(new RouteEntry(exchange, this, original, request, response, next))
      case 'declaration':
      case 'mount':
        exchange.isStanding = this[KIND] === 'declaration'
        return original.call(this, request, response, leavingLayer(exchange, this, next))
    }
  }
}

// Not inside what runs for every layer: there, functions would be made, with all they see, for layers that need none.

function goingOn(exchange: Exchange, next: Next): Next {
  return (error) => exchange.goOn(error, next)
}

function leavingLayer(exchange: Exchange, layer: Layer, next: Next): Next {
  const { scope } = exchange
  exchange.scope = scope.inLayer(layer)
  return (error) => {
    exchange.scope = scope
    exchange.isStanding = false
    exchange.goOn(error, next)
  }
}

function kindOf(layer: Layer): Kind {
  if (layer.route) return 'route'
  // The layers inside a route have no such property at all.
  if (!('route' in layer)) return 'handler'
  if (readDeclaration(layer.handle)) return 'declaration'
  const isAtRoot = layer.slash === true || layer.regexp?.fast_slash === true
  return isAtRoot && !isRouter(layer.handle) && layer.handle.name !== 'mounted_app' ? 'middleware' : 'mount'
}
