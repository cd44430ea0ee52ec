import { Controller, Get, type INestApplication, Module, type ModuleMetadata, type Type } from '@nestjs/common'
import {
  createLimiter,
  type NestLimiter,
  type NestLimiterOptions,
  remoteAddress,
} from '../../../src/adapters/nestjs/index.ts'
import type { TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { type Log, stillAndQuiet, testAppOf } from '../playground.ts'
import { serveApp } from './harness.ts'
import { createApp, loadNest, type Platform } from './versions.ts'

export { type Log, once, twice } from '../playground.ts'

const nest = loadNest('current')

/** Options of a limiter that counts addresses by a clock that stands still, and writes to `log` instead of the console. */
export function optionsWith(options: Partial<NestLimiterOptions> = {}, log: Log = []): NestLimiterOptions {
  return { key: remoteAddress, ...stillAndQuiet(log), ...options }
}

/** A limiter with these options. */
export function limiterWith(options: Partial<NestLimiterOptions> = {}, log: Log = []): NestLimiter {
  return createLimiter(optionsWith(options, log))
}

/** A module made of parts. */
export function moduleOf(parts: ModuleMetadata): Type<object> {
  class AppModule {}
  Module(parts)(AppModule)
  return AppModule
}

/** A controller whose one handler answers `ok`, decorated from bottom to top. */
export function controllerAt(path: string, ...decorators: MethodDecorator[]): Type<object> {
  class OkController {
    @Get()
    ok(): string {
      return 'ok'
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(OkController.prototype, 'ok')!
  for (const decorate of decorators.toReversed()) decorate(OkController.prototype, 'ok', descriptor)
  Controller(path)(OkController)
  return OkController
}

/** Serves an app until the test is over. */
export async function served(
  parts: ModuleMetadata,
  platform: Platform,
  prepare: (app: INestApplication) => void = () => undefined,
): Promise<TestApp> {
  const app = await createApp(nest, platform, moduleOf(parts))
  prepare(app)
  await app.init()
  return testAppOf(await serveApp(app))
}
