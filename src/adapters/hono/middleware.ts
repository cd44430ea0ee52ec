import type { Next } from 'hono'
import { ConfigurationError } from '../../errors.ts'
import { toError } from '../../limiter/decision.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import type { Rule } from '../../limiter/rule.ts'
import { attempt, isPromise } from '../../limiter/steps.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import { loadExceptions, refuse, toThrow } from './exception.ts'
import { Exchange, requestContext } from './exchange.ts'
import { complete, discard, tellWhenFailed, tellWhenSent } from './head.ts'
import type { HonoLimiter } from './hono-limiter.ts'
import { answeringIndex, recordOf } from './route-record.ts'
import type { Req, Res } from './types.ts'

/** What a middleware answers: nothing, where the others do. */
export type Answer = Res | Promise<Res | void>

/** Where a limiter stands: requests that come by are decided with all limits of the route that they will reach. */
export function decideHere(limiter: HonoLimiter, context: Req, next: Next): Answer {
  const loading = loadExceptions()
  if (loading) return loading.then(async () => decideHere(limiter, context, next))
  limiter.checkGroups()
  const exchange = Exchange.of(context) ?? Exchange.begin(context)
  const { req } = context
  const matched = req.matchedRoutes
  const index = answeringIndex(matched)
  if (index < 0) {
    return limiter.settings.unmatched.length > 0
      ? decideUnmatched(limiter, exchange, next)
      : goOn(limiter, exchange, next)
  }
  const route = recordOf(matched[index]!, matched)
  // What is asked about a request while it is decided sees the parameters of its route.
  const here = req.routeIndex
  req.routeIndex = index
  let decided: MaybePromise<Outcome<Req, Res> | undefined>
  try {
    decided = limiter.enterRoute(exchange, route)
  } catch (error) {
    fail(exchange, error)
  }
  if (!isPromise(decided)) {
    req.routeIndex = here
    return pass(limiter, exchange, decided, next)
  }
  return decided.then(
    (outcome) => {
      req.routeIndex = here
      return pass(limiter, exchange, outcome, next)
    },
    (error: unknown) => fail(exchange, error),
  )
}

/** A limit that stands on no route decides right where it stands. */
export function decideStanding(limiter: HonoLimiter, rule: Rule<Req, Res>, context: Req, next: Next): Answer {
  const loading = loadExceptions()
  if (loading) return loading.then(async () => decideStanding(limiter, rule, context, next))
  const exchange = Exchange.of(context) ?? Exchange.begin(context)
  if (exchange.record(limiter).endpoint?.declaration.rules.includes(rule)) return next()
  const { routePath, method } = context.req
  const decided = attempt(
    () => limiter.decideAt(exchange, limiter.standingEndpoint(rule, routePath), method),
    (error) => fail(exchange, error),
  )
  return isPromise(decided)
    ? decided.then((outcome) => pass(limiter, exchange, outcome, next))
    : pass(limiter, exchange, decided, next)
}

/** An exemption stands on a route; anywhere else it would be lost. */
export function checkExemption(limiter: HonoLimiter, context: Req, next: Next): Promise<void> {
  const { endpoint } = Exchange.of(context)?.record(limiter) ?? {}
  const { matchedRoutes, routeIndex } = context.req
  if (endpoint && matchedRoutes[routeIndex]?.method === 'ALL' && !endpoint.declaration.exemption) {
    throw new ConfigurationError(
      'limiter.exempt() exempts the route it is attached to; for a sub-app write limiter.exempt(subApp)',
    )
  }
  return next()
}

function pass(limiter: HonoLimiter, exchange: Exchange, outcome: Outcome<Req, Res> | undefined, next: Next): Answer {
  if (!outcome?.refusal) return goOn(limiter, exchange, next)
  const { matchedRoutes, routeIndex } = exchange.request.req
  if (limiter.answersItself(matchedRoutes[routeIndex])) return refuse(exchange, outcome.refusal)
  return fail(exchange, toError(outcome.refusal))
}

/** Lets the others answer, and completes what they answered, if there is anything to complete. */
function goOn(limiter: HonoLimiter, exchange: Exchange, next: Next): Promise<void> {
  if (limiter.writesHeaders) tellWhenSent(exchange)
  const isComplete = exchange.isWatched || (exchange.outgoing && !limiter.chargesLate && !exchange.isDue)
  if (isComplete && !limiter.wraps) return next()
  const passed = limiter.wraps ? requestContext()!.run(exchange.request, next) : next()
  if (isComplete) return passed
  exchange.isWatched = true
  return completed(exchange, passed)
}

async function completed(exchange: Exchange, passed: Promise<void>): Promise<void> {
  await passed
  try {
    await complete(exchange)
  } catch (error) {
    discard(exchange.request)
    fail(exchange, error)
  }
}

/** What no route takes is decided when that is clear: when it was answered so. */
async function decideUnmatched(limiter: HonoLimiter, exchange: Exchange, next: Next): Promise<void> {
  const context = exchange.request
  await goOn(limiter, exchange, next)
  const { status } = context.res
  if (status !== 404 && status !== 405) return
  try {
    const outcome = await limiter.enterUnmatched(exchange, context.req.method)
    // Too late for an answer of a middleware: only an error replaces what there is.
    if (outcome?.refusal) throw toError(outcome.refusal)
    await complete(exchange)
  } catch (error) {
    discard(context)
    fail(exchange, error)
  }
}

/** An error leaves this middleware: the app's error handler gets it next. */
function fail(exchange: Exchange, error: unknown): never {
  tellWhenFailed(exchange)
  throw toThrow(exchange, error)
}
