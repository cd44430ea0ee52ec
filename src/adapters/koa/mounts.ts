import { ConfigurationError } from '../../errors.ts'
import { isRouter, type Layer, type Middleware, type Router } from './internals.ts'

const AROUND = Symbol('sluice.around')
const COPIED = Symbol('sluice.copied')
const WATCHED = Symbol('sluice.watched')

/** A layer with the routers that it was mounted through, the innermost first; it is copied with them. */
type KnownLayer = Layer & { [AROUND]?: readonly Router[]; [COPIED]?: readonly Router[] }

/** Routers of which a mount has been seen: where they are mounted is known. */
const mounted = new WeakSet<Router>()

/** Sees from now on which routers are mounted in which: a mounted router leaves no trace but copies of its layers. */
export function watchMounts(router: Router): void {
  const prototype = Object.getPrototypeOf(router) as Router & { [WATCHED]?: true }
  if (Object.hasOwn(prototype, WATCHED)) return
  prototype[WATCHED] = true
  const { use } = prototype
  prototype.use = function watchedUse(this: Router, ...args) {
    for (const inner of args.flatMap(routerOf)) {
      mounted.add(inner)
      for (const layer of inner.stack as KnownLayer[]) layer[COPIED] = [...(layer[AROUND] ?? []), inner]
    }
    const count = this.stack.length
    const result = use.apply(this, args)
    for (const layer of this.stack.slice(count) as KnownLayer[]) if (layer[COPIED]) layer[AROUND] = layer[COPIED]
    return result
  }
}

/** The router behind what `router.routes()` answers. */
export function routerOf(middleware: unknown): Router[] {
  const router = typeof middleware === 'function' ? (middleware as { router?: unknown }).router : undefined
  return isRouter(router) ? [router] : []
}

/**
 * The routers around a layer of `router`, which itself is the outermost. `groups` are routers that are in none of their own
 * right: one that was mounted before anybody watched is an error, for its routes cannot be told from those of others.
 */
export function routersAround(
  router: Router,
  layer: Layer,
  handler: Middleware,
  groups: Iterable<Router>,
): readonly Router[] {
  const around = (layer as KnownLayer)[AROUND]
  if (around) return [router, ...around.toReversed()]
  for (const group of groups) {
    if (group === router || mounted.has(group) || !group.stack.some(({ stack }) => stack.includes(handler))) continue
    throw new ConfigurationError(
      `limiter.group: the router with the route ${String(layer.path)} was mounted in another one before the limiter knew of it; call limiter.group(router, …) before router.routes() is used`,
    )
  }
  return [router]
}
