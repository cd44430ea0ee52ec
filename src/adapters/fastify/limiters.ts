import type { FastifyLimiter } from './fastify-limiter.ts'
import { chainOf } from './internals.ts'
import type { Instance } from './types.ts'

const registered = new WeakMap<Instance, readonly FastifyLimiter[]>()

/** The limiters whose plugins were registered on an instance or around it, those of the app first. */
export function limitersOf(instance: Instance): readonly FastifyLimiter[] {
  return chainOf(instance).flatMap((each) => registered.get(each) ?? [])
}

export function addLimiter(instance: Instance, limiter: FastifyLimiter): void {
  registered.set(instance, [...(registered.get(instance) ?? []), limiter])
}
