import { runWithRequest } from '../../http/request-context.ts'
import { settleWhenClosed } from '../../http/response-head.ts'
import { type Refusal, toError } from '../../limiter/decision.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import type { Rule } from '../../limiter/rule.ts'
import { isPromise } from '../../limiter/steps.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import { currentRequest, Exchange } from './exchange.ts'
import type { FastifyLimiter } from './fastify-limiter.ts'
import { hearsOfErrors, send } from './head.ts'
import type { OwnDeclaration } from './route-record.ts'
import { routeOf } from './routes.ts'
import type { Done, Instance, Req, Res } from './types.ts'

/** What a hook that limits declares. */
export type LimitDeclaration = OwnDeclaration & { readonly rule: Rule<Req, Res> }
type LaterOutcome = MaybePromise<Outcome<Req, Res> | undefined>

/** Puts a limiter before all routes of an instance: those that are declared, and those that will be. */
export function addDecidingHook(instance: Instance, limiter: FastifyLimiter): void {
  instance.addHook(limiter.hook, function limitRoute(request: Req, reply: Res, done: Done) {
    const exchange = Exchange.of(request) ?? Exchange.begin(request)
    // What is thrown here, Fastify catches.
    proceed(limiter, exchange, reply, done, limiter.enterRoute(exchange, routeOf(request)))
  })
}

/** A hook that limits is reached: a limit of the route is decided with all others, one of an instance right where it stands. */
export function reachLimit(declaration: LimitDeclaration, request: Req, reply: Res, done: Done): void {
  const { limiter } = declaration
  limiter.requireInstalled(request.server)
  const route = routeOf(request)
  if (route?.carries(declaration)) return done()
  const exchange = Exchange.of(request) ?? Exchange.begin(request)
  const here = limiter.standingEndpoint(declaration, request.server, route)
  proceed(limiter, exchange, reply, done, limiter.decideAt(exchange, here, request.method))
}

function proceed(limiter: FastifyLimiter, exchange: Exchange, reply: Res, done: Done, outcome: LaterOutcome): void {
  if (isPromise(outcome)) outcome.then((later) => conclude(limiter, exchange, reply, done, later), done)
  else conclude(limiter, exchange, reply, done, outcome)
}

function conclude(
  limiter: FastifyLimiter,
  exchange: Exchange,
  reply: Res,
  done: Done,
  outcome: Outcome<Req, Res> | undefined,
): void {
  if (outcome?.refusal) return refuse(exchange, reply, done, outcome.refusal)
  // As by `reply.hijack()`.
  if (exchange.isDue) settleWhenClosed(exchange, reply.raw, reply)
  if (limiter.wraps) runWithRequest(currentRequest, exchange.request, exchange.request.raw, done)
  else done()
}

/** Where nothing of the app hears of errors, our answer is the same as Fastify's way of errors would make it, at less cost. */
function refuse(exchange: Exchange, reply: Res, done: Done, refusal: Refusal): void {
  if (hearsOfErrors(exchange.request)) return done(toError(refusal))
  exchange.forgetCharges()
  try {
    send(exchange.answer(refusal, exchange.request.headers.accept), reply)
  } catch (error) {
    done(error as Error)
  }
}
