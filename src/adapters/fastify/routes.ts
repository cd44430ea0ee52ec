import { subscribe } from 'node:diagnostics_channel'
import type { RouteOptions } from 'fastify'
import { declarationOf } from '../../limiter/declaration.ts'
import type { FastifyLimiter } from './fastify-limiter.ts'
import { addFirstOnRoute, chainOf, configOf, hooksOfInstance, hooksOfRoute } from './internals.ts'
import { limitersOf } from './limiters.ts'
import { type OwnDeclaration, type RouteForm, RouteRecord } from './route-record.ts'
import type { Instance, Req, Res } from './types.ts'

const ROUTE: unique symbol = Symbol('sluice.route')

/** A route's `config`, which Fastify makes for each. */
type RouteConfig = RouteForm & { [ROUTE]?: RouteRecord }

const routesOfApp = new WeakMap<Instance, RouteRecord[]>()
const watched = new WeakSet<RouteOptions>()

/** What is declared by the hooks of an instance, as far as they have been seen to be added. */
const standing = new WeakMap<Instance, Set<OwnDeclaration>>()

// A plugin runs when most routes of its app are declared already: `app.register(plugin); app.get(…)`. Fastify tells of an app
// when it is made, so they are known all the same, and before tools that trace requests put functions of their own in the place
// of those that stand on them.
subscribe('fastify.initialization', (message) => {
  const app = (message as { fastify: Instance }).fastify
  addFirstOnRoute(app, watchRoute)
  watchHooks(app)
})

function watchHooks(app: Instance): void {
  const addHook = app.addHook as (this: Instance, ...args: unknown[]) => Instance
  const watchedAddHook: typeof addHook = function (...args) {
    const [declaration] = typeof args[1] === 'function' ? declarationsOn([args[1]]) : []
    if (declaration) standing.set(this, (standing.get(this) ?? new Set()).add(declaration))
    return addHook.apply(this, args)
  }
  app.addHook = watchedAddHook
}

/** The instance around a route, or the one it is declared on, on which something stands as a hook; undefined: none. */
export function placeOf(declaration: OwnDeclaration, server: Instance): Instance | undefined {
  return chainOf(server).find(
    (instance) =>
      standing.get(instance)?.has(declaration) || declarationsOn(hooksOfInstance(instance)).includes(declaration),
  )
}

/** Looks at a route when it is declared. Throws a ConfigurationError for limits that cannot be meant. */
export function watchRoute(this: Instance, options: RouteOptions): void {
  if (watched.has(options)) return
  watched.add(options)
  const app = chainOf(this)[0]!
  let routes = routesOfApp.get(app)
  if (!routes) routesOfApp.set(app, (routes = []))
  const { config, method, url, handler, onRequest, preValidation, preHandler } = options
  const latest = routes.at(-1)
  // Fastify declares the HEAD twin of a route for GET right after it, with the same options.
  const identity = [config, url, handler, onRequest, preValidation, preHandler]
  let route = method === 'HEAD' && latest?.isOf(identity) ? latest : undefined
  if (!route) {
    const hooks = [onRequest, preValidation, preHandler].flat().filter((hook) => hook !== undefined)
    routes.push((route = new RouteRecord(this, { ...config, method, url }, declarationsOn(hooks), identity)))
    for (const limiter of limitersOf(this)) limiter.meet(route)
  }
  options.config = { ...config, [ROUTE]: route } as NonNullable<RouteOptions['config']>
}

/** The routes that are declared on an instance, and inside it. */
export function routesIn(instance: Instance): readonly RouteRecord[] {
  const routes = routesOfApp.get(chainOf(instance)[0]!) ?? []
  return routes.filter(({ server }) => chainOf(server).includes(instance))
}

/** The route that a request has matched. */
export function routeOf(request: Req): RouteRecord | undefined {
  const config: RouteConfig | undefined = configOf(request)
  const known = config?.[ROUTE]
  if (known || config?.url === undefined) return known
  const route = unwatchedRoute(request, config)
  config[ROUTE] = route
  return route
}

/** A route of an app that was there before this module is looked at when it is first asked for. */
function unwatchedRoute(request: Req, config: RouteConfig): RouteRecord {
  const { server } = request
  const others = declarationsOn(hooksOfInstance(server))
  const own = declarationsOn(hooksOfRoute(request)).filter((declaration) => !others.includes(declaration))
  const isTwin = config.method === 'HEAD' && server.hasRoute({ method: 'GET', url: config.url! })
  return new RouteRecord(server, isTwin ? { ...config, method: 'GET' } : config, own)
}

function declarationsOn(hooks: readonly object[]): readonly OwnDeclaration[] {
  return hooks.flatMap((hook) => declarationOf<FastifyLimiter, Req, Res>(hook) ?? [])
}
