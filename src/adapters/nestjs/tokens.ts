import { NestLimiter } from './nest-limiter.ts'

/** By what Nest knows a limiter: the one without a name by its class. */
export function limiterToken(name: string | undefined): typeof NestLimiter | string {
  return name === undefined || name === '' ? NestLimiter : `sluice.limiter.${name}`
}
