import type { AsyncLocalStorage } from 'node:async_hooks'
import type { EventEmitter } from 'node:events'

/**
 * Runs a function with the request at hand, for functions that are limited by `wrap`; also what hears of the events of its
 * raw request, which come in a context of their own: what reads a body goes on from there.
 */
export function runWithRequest<Req, Result>(
  context: AsyncLocalStorage<Req>,
  request: Req,
  raw: EventEmitter,
  fn: () => Result,
): Result {
  const emit = raw.emit.bind(raw) as (...event: unknown[]) => boolean
  raw.emit = (...event: unknown[]) => context.run(request, () => emit(...event))
  return context.run(request, fn)
}
