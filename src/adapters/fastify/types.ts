import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LimitOptions, Notation } from '../../limiter/limit-options.ts'

/** Fastify's request, as handlers and hooks get it. */
export type Req = FastifyRequest
/** Fastify's reply, as handlers and hooks get it. */
export type Res = FastifyReply
/** Fastify's app, or what an encapsulated plugin gets in its place. */
export type Instance = FastifyInstance

/** The same, whatever server it runs on. */
export interface AnyInstance {
  readonly prefix: string
  hasRequestDecorator(name: string): boolean
}

/** Goes on to the next hook, or with an error to the error handler. */
export type Done = (error?: Error) => void

/** A limit in the `config.rateLimit` of a route, as an object. */
export interface RouteLimit extends LimitOptions<Req, Res> {
  readonly limit: Notation<Req>
  /** One counter for all routes with this scope, instead of one per route. */
  readonly shared?: boolean | undefined
}

/** The `config.rateLimit` of a route: its own limits, or false: it is exempt from every limit. */
export type RouteLimits = Notation<Req> | RouteLimit | readonly (Notation<Req> | RouteLimit)[] | false
