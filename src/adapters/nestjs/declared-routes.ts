import type { ModulesContainer } from '@nestjs/core'
import { metadata, NEST, readMetadata } from './metadata.ts'
import type { AnyClass, Handler } from './types.ts'

const HANDLER = 'sluice:handler'

/** By what Nest registers handlers. */
const METHODS =
  'get post put patch delete all options head search query propfind proppatch mkcol copy move lock unlock'.split(' ')

/** Hears of a handler that is registered for a path. */
type Listener = (target: AnyClass, handler: Handler, path: string) => void

/**
 * Hears from now on of every handler that is registered. What Nest registers is a function of its own, for a path with all
 * prefixes, but it has the metadata of the handler.
 */
export function watchRoutes(adapter: object, modules: ModulesContainer, listen: Listener): void {
  const classes = markHandlers(modules)
  const methods = adapter as Record<string, ((...args: unknown[]) => unknown) | undefined>
  for (const name of METHODS) {
    const register = methods[name]
    if (!register) continue
    methods[name] = function watchedRegister(this: object, ...args: unknown[]) {
      const [path, registered] = args
      const handler = typeof registered === 'function' && readMetadata<Handler>(HANDLER, registered)
      const target = handler && classFor(classes.get(handler)!, String(path))
      if (handler && target) listen(target, handler, String(path))
      return register.apply(this, args)
    }
  }
}

/** The methods of a class and of those that it extends. */
export function* methodsOf(target: AnyClass): Iterable<readonly [name: string, method: Handler]> {
  const seen = new Set(['constructor'])
  for (
    let prototype: unknown = target.prototype;
    prototype !== null && prototype !== undefined && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (seen.has(name) || typeof value !== 'function') continue
      seen.add(name)
      yield [name, value as Handler]
    }
  }
}

/** Lets every handler be known by its metadata; answers in which controllers it is, which may be several that extend one class. */
function markHandlers(modules: ModulesContainer): ReadonlyMap<Handler, readonly AnyClass[]> {
  const classes = new Map<Handler, AnyClass[]>()
  for (const { controllers } of modules.values()) {
    for (const { metatype } of controllers.values()) {
      if (typeof metatype !== 'function') continue
      for (const [, method] of methodsOf(metatype as AnyClass)) {
        if (readMetadata(NEST.path, method) === undefined) continue
        metadata().defineMetadata(HANDLER, method, method)
        classes.set(method, [...(classes.get(method) ?? []), metatype as AnyClass])
      }
    }
  }
  return classes
}

/** Of several controllers that have a handler, the one whose own path is in the path that it is registered for. */
function classFor(classes: readonly AnyClass[], path: string): AnyClass | undefined {
  if (classes.length === 1) return classes[0]
  const pathLength = (target: AnyClass): number => {
    const paths = [readMetadata<string | readonly string[]>(NEST.path, target) ?? ''].flat()
    return Math.max(...paths.map((own) => (path.includes(own) ? own.length : -1)))
  }
  return classes.toSorted((a, b) => pathLength(b) - pathLength(a))[0]
}
