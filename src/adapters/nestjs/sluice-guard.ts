import type { CanActivate } from '@nestjs/common'
import type { NestApp } from './nest-app.ts'
import type { NestLimiter } from './nest-limiter.ts'
import type { Req } from './types.ts'

/** Decides every request that reaches a handler, with all limits that apply to it. */
export class SluiceGuard implements CanActivate {
  readonly #limiter: NestLimiter
  readonly #app: NestApp

  constructor(limiter: NestLimiter, app: NestApp) {
    this.#limiter = limiter
    this.#app = app
  }

  /** True, or throws, or rejects with, an exception of Nest. */
  canActivate(context: Req): boolean | Promise<boolean> {
    return this.#limiter.activate(this.#app, context)
  }
}
