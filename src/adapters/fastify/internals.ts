import { ConfigurationError } from '../../errors.ts'
import type { RouteOptions } from 'fastify'
import type { Instance, Req } from './types.ts'

/**
 * What is used of Fastify beyond its documented API, the same in 4.29 and 5.0 to 5.12: an instance keeps its hooks, and a
 * request its route's context, under symbols that are not exported. They are recognised by what they hold.
 */

/** The hooks on which a limit can stand. */
const LIMITING_HOOKS = ['onRequest', 'preValidation', 'preHandler'] as const

type AnyFunction = (...args: never[]) => unknown
type Values = Readonly<Record<string, unknown>>
type Hooks = Readonly<Partial<Record<string, readonly AnyFunction[] | null>>>

/** Whether a value is a Fastify app or what an encapsulated plugin gets in its place. */
export function isInstance(value: unknown): value is Instance {
  if (typeof value !== 'object' || value === null) return false
  const { register, addHook, decorateRequest } = value as Partial<Record<string, unknown>>
  return [register, addHook, decorateRequest].every((method) => typeof method === 'function')
}

/** The instances around a route, from the app down to the one it was declared on: each inherits from the one around it. */
export function chainOf(instance: Instance): readonly Instance[] {
  const chain: Instance[] = []
  for (let each: unknown = instance; isInstance(each); each = Object.getPrototypeOf(each)) chain.unshift(each)
  return chain
}

/** The functions that stand on an instance as hooks, and so before each of its routes. */
export function hooksOfInstance(instance: Instance): readonly AnyFunction[] {
  const hooks = hooksHeldBy(instance)
  if (!hooks) throw unknownVersion('its hooks')
  return limitingHooks(hooks)
}

/** Adds a function that hears of routes before all that were added so far. */
export function addFirstOnRoute(instance: Instance, hear: (this: Instance, options: RouteOptions) => void): void {
  instance.addHook('onRoute', hear)
  const hooks = hooksHeldBy(instance)?.['onRoute'] as AnyFunction[] | undefined
  if (hooks) hooks.unshift(hooks.pop()!)
}

function hooksHeldBy(instance: Instance): Hooks | undefined {
  return held(instance, (value) => Array.isArray(value['onRequest']) && Array.isArray(value['onRoute']))
}

/** The functions that stand before the route of a request as hooks, those of instances too; each bound to its instance. */
export function hooksOfRoute(request: Req): readonly AnyFunction[] {
  const context = contextOf(request)
  if (!context) throw unknownVersion('the hooks of a route')
  return limitingHooks(context as Hooks)
}

/** What hears of an error on the route of a request: hooks, and error handlers but for Fastify's own; undefined: not known. */
export function errorHandlersOf(request: Req): readonly unknown[] | undefined {
  const { onError, errorHandler } = (contextOf(request) ?? {}) as {
    onError?: readonly unknown[] | null
    errorHandler?: { func?: { name?: string } }
  }
  if (!errorHandler?.func) return undefined
  return [...(onError ?? []), ...(errorHandler.func.name === 'defaultErrorHandler' ? [] : [errorHandler.func])]
}

/**
 * The config of the route of a request, which Fastify makes for each route. `request.routeOptions` holds it too, but puts a dozen
 * properties together on every call.
 */
export function configOf(request: Req): object | undefined {
  const context: { readonly config?: object } | undefined = contextOf(request)
  return context ? context.config : request.routeOptions.config
}

/** Whether the app believes everybody who says on whose behalf a request comes. */
export function trustsEverybody(instance: Instance): boolean {
  return held<{ trustProxy?: unknown }>(instance, (value) => 'trustProxy' in value)?.trustProxy === true
}

function limitingHooks(hooks: Hooks): readonly AnyFunction[] {
  return LIMITING_HOOKS.flatMap((name) => hooks[name] ?? [])
}

/** Where the latest request had its context: as a rule, where all have it. */
let contextSymbol: symbol | undefined

function contextOf(request: Req): object | undefined {
  const known = contextSymbol && valueAt(request, contextSymbol)
  if (known) return known
  contextSymbol = symbolOf(request, (value) => 'onRequest' in value && 'errorHandler' in value)
  return contextSymbol && valueAt(request, contextSymbol)
}

function held<T>(holder: object, isIt: (value: Values) => boolean): T | undefined {
  const symbol = symbolOf(holder, isIt)
  return symbol && (valueAt(holder, symbol) as T)
}

function symbolOf(holder: object, isIt: (value: Values) => boolean): symbol | undefined {
  for (let each: object | null = holder; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    for (const symbol of Object.getOwnPropertySymbols(each)) {
      const value = valueAt(each, symbol)
      if (typeof value === 'object' && value !== null && isIt(value)) return symbol
    }
  }
  return undefined
}

function valueAt(holder: object, symbol: symbol): Values | undefined {
  return (holder as Readonly<Record<symbol, Values | undefined>>)[symbol]
}

function unknownVersion(what: string): ConfigurationError {
  return new ConfigurationError(
    `this version of Fastify keeps ${what} in a way that is not known here; Fastify 4.29 and 5.0 to 5.12 are. Register limiter.plugin before the routes, and give routes their limits by config: { rateLimit }`,
  )
}
