import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import type { ExpressLimiter } from './express-limiter.ts'
import { rootScopeOf } from './hook.ts'
import { type Application, isRouter, type Layer, routerOf } from './internals.ts'
import type { Scope } from './scope.ts'
import type { Req, Res } from './types.ts'

/** Walks over the routes of an app as they are declared now. An app mounted in it is walked where it was initialised itself. */
export function* endpointsOf(app: Application, limiter: ExpressLimiter): Iterable<CompiledEndpoint<Req, Res>> {
  const root = rootScopeOf(app)
  if (root) yield* inStack(routerOf(app).stack, root, limiter)
}

function* inStack(
  stack: readonly Layer[],
  scope: Scope,
  limiter: ExpressLimiter,
): Iterable<CompiledEndpoint<Req, Res>> {
  for (const layer of stack) {
    if (layer.route) {
      const record = scope.route(layer.route)
      const named = Object.keys(layer.route.methods).filter((method) => !method.startsWith('_'))
      const methods = layer.route.methods['_all'] || named.length === 0 ? ['GET', ...named] : named
      const views = new Map(methods.map((method) => record.view(method.toUpperCase())).map((view) => [view.name, view]))
      for (const view of views.values()) yield view.endpoints.get(limiter, view.name)
    } else if (isRouter(layer.handle)) {
      yield* inStack(layer.handle.stack, scope.inLayer(layer), limiter)
    }
  }
}
