import { Controller, Get, Module, Req, Version, VersioningType } from '@nestjs/common'
import { describe, expect, test } from 'vitest'
import { RateLimit, SharedRateLimit, SkipRateLimit, SluiceModule } from '../../../src/adapters/nestjs/index.ts'
import { limiterWith, moduleOf, once, optionsWith, served, twice } from './playground.ts'
import { PLATFORMS } from './versions.ts'

const thrice = '3 per 1 minute'

describe.each(PLATFORMS)('decorators on %s', (platform) => {
  test('a limit on a handler stands in for that of the controller, or adds to it', async () => {
    @RateLimit(twice)
    @Controller('a')
    class A {
      @Get('plain') plain() {
        return 'ok'
      }

      @Get('own') @RateLimit(once) own() {
        return 'ok'
      }

      @Get('both') @RateLimit(thrice, { overrideDefaults: false }) both() {
        return 'ok'
      }

      @Get('free') @SkipRateLimit() free() {
        return 'ok'
      }
    }
    const app = await served({ imports: [SluiceModule.forRoot(optionsWith())], controllers: [A] }, platform)
    await app.expect('/a/plain', ['ok', 'ok', twice])
    await app.expect('/a/own', ['ok', once])
    await app.expect('/a/both', ['ok', 'ok', twice])
    await app.expect('/a/free', ['ok', 'ok', 'ok'])
  })

  test('several limits on a handler are told from top to bottom', async () => {
    const limiter = limiterWith()
    @Controller('a')
    class A {
      @Get()
      @RateLimit(twice)
      @RateLimit('9 per hour')
      @SharedRateLimit('8 per day', { scope: 's' })
      ok(@Req() request: object) {
        return limiter
          .currentLimits(request)
          .map(({ limit }) => limit.text)
          .join(', ')
      }
    }
    const app = await served({ imports: [SluiceModule.forRoot({ limiter })], controllers: [A] }, platform)
    await app.expect('/a', '2 per 1 minute, 9 per 1 hour, 8 per 1 day')
  })

  test('a class that a controller extends is a group around it, and its handlers are counted for each controller', async () => {
    @RateLimit(twice)
    class Base {
      @Get('x') x() {
        return 'ok'
      }
    }
    @Controller('plain')
    class Plain extends Base {}
    @RateLimit(once)
    @Controller('own')
    class Own extends Base {}
    @RateLimit('5 per minute', { overrideDefaults: false })
    @Controller('added')
    class Added extends Base {}
    @SkipRateLimit()
    @Controller('free')
    class Free extends Base {}
    const imports = [SluiceModule.forRoot(optionsWith())]
    const app = await served({ imports, controllers: [Plain, Own, Added, Free] }, platform)
    await app.expect('/plain/x', ['ok', 'ok', twice])
    await app.expect('/own/x', ['ok', once])
    await app.expect('/added/x', ['ok', 'ok', twice])
    await app.expect('/free/x', ['ok', 'ok', 'ok'])
  })

  test('a method that a subclass overrides has the limits of its own decorators only', async () => {
    class Base {
      @Get('x') @RateLimit(once) x() {
        return 'base'
      }
    }
    @Controller('a')
    class A extends Base {
      @Get('x') override x() {
        return 'own'
      }
    }
    const app = await served({ imports: [SluiceModule.forRoot(optionsWith())], controllers: [A] }, platform)
    await app.expect('/a/x', ['own', 'own'])
  })

  test('a module is a group around its controllers, not around those of modules that it imports', async () => {
    @Controller('in')
    class Inner {
      @Get() ok() {
        return 'ok'
      }
    }
    @Controller('out')
    class Outer {
      @Get() ok() {
        return 'ok'
      }
    }
    @RateLimit(once)
    @Controller('own')
    class Own {
      @Get() ok() {
        return 'ok'
      }
    }
    @Module({ controllers: [Inner] })
    class InnerModule {}
    @RateLimit(twice)
    @Module({ imports: [InnerModule], controllers: [Outer, Own] })
    class OuterModule {}
    const imports = [SluiceModule.forRoot(optionsWith({ defaultLimits: ['3 per minute'] })), OuterModule]
    const app = await served({ imports }, platform)
    await app.expect('/in', ['ok', 'ok', 'ok', thrice])
    await app.expect('/out', ['ok', 'ok', twice])
    await app.expect('/own', ['ok', once])
  })

  test('controllers with the same name do not share counters', async () => {
    const controllers = ['a', 'b'].map((path) => {
      @Controller(path)
      class UsersController {
        @Get() @RateLimit(once) list() {
          return 'ok'
        }
      }
      return UsersController
    })
    const modules = controllers.map((controller) => moduleOf({ controllers: [controller] }))
    const app = await served({ imports: [SluiceModule.forRoot(optionsWith()), ...modules] }, platform)
    await app.expect('/a', ['ok', once])
    await app.expect('/b', ['ok', once])
  })

  test('versions of a handler are counted each by itself, whether they are in the path or in a header', async () => {
    @Controller('items')
    class Items {
      @Version('1') @Get() @RateLimit(once) first() {
        return 'first'
      }

      @Version('2') @Get() @RateLimit(once) second() {
        return 'second'
      }
    }
    const parts = { imports: [SluiceModule.forRoot(optionsWith())], controllers: [Items] }
    const byPath = await served(parts, platform, (app) => app.enableVersioning().setGlobalPrefix('api'))
    await byPath.expect('/api/v1/items', ['first', once])
    await byPath.expect('/api/v2/items', ['second', once])
    const byHeader = await served(parts, platform, (app) =>
      app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version' }),
    )
    await byHeader.expect('/items', ['first', once], { headers: { 'X-Version': '1' } })
    await byHeader.expect('/items', ['second', once], { headers: { 'X-Version': '2' } })
  })

  test('a limit counts by the pattern with all its prefixes', async () => {
    const limiter = limiterWith()
    @Controller('t/:tenant')
    class Tenants {
      @Get('items/:id') @RateLimit(twice) item() {
        return 'ok'
      }
    }
    const parts = { imports: [SluiceModule.forRoot({ limiter })], controllers: [Tenants] }
    const app = await served(parts, platform, (made) => made.setGlobalPrefix('api'))
    await app.expect('/api/t/1/items/1', 'ok')
    await app.expect('/api/t/2/items/2', ['ok', twice])
    await limiter.clear({ key: '192.0.2.1', endpoint: 'GET /api/t/:tenant/items/:id' })
    await app.expect('/api/t/1/items/3', 'ok')
  })

  test('clear() knows handlers before their first request', async () => {
    const limiter = limiterWith({ defaultLimits: [once] })
    class Base {
      @Get('x') x() {
        return 'ok'
      }
    }
    @Controller('a')
    class A extends Base {}
    @Controller('b')
    class B extends Base {}
    const parts = { imports: [SluiceModule.forRoot({ limiter })], controllers: [A, B] }
    await served(parts, platform, (made) => made.setGlobalPrefix('api'))
    expect(await limiter.clear({ key: 'ann' })).toBe(2)
  })
})

test('a decorator that cannot be meant fails where it stands', () => {
  expect(() => RateLimit('5/minute', { costs: 2 } as object)).toThrow(/@RateLimit: .*costs.*cost/s)
  expect(() => SharedRateLimit('5/minute', {} as never)).toThrow(/@SharedRateLimit: scope: expected/)
  expect(() => SkipRateLimit({ defaults: true } as object)).toThrow(/@SkipRateLimit: .*defaults.*default/s)
})

test('a limit that cannot be read fails when the app starts, by the name of its handler', async () => {
  @Controller('a')
  class Cats {
    @Get() @RateLimit('5 per fortnight') list() {
      return 'ok'
    }
  }
  const parts = { imports: [SluiceModule.forRoot(optionsWith())], controllers: [Cats] }
  await expect(served(parts, 'Express')).rejects.toThrow(/@RateLimit on Cats\.list: .*fortnight/s)
})

test('a decorator that speaks to a limiter that is not there fails when the app starts', async () => {
  @RateLimit(once, { limiter: 'tenant' })
  @Controller('a')
  class Cats {}
  const imports = [SluiceModule.forRoot(optionsWith({ name: 'tenants' }))]
  await expect(served({ imports, controllers: [Cats] }, 'Express')).rejects.toThrow(
    /on Cats speaks to the limiter .*tenant.*the app has .*tenants/,
  )
})
