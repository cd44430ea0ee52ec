import { Controller, Get, Inject, Injectable, Module, Post, Req, UseGuards } from '@nestjs/common'
import { describe, expect, test } from 'vitest'
import {
  InjectLimiter,
  NestLimiter,
  RateLimit,
  SkipRateLimit,
  SluiceGuard,
  SluiceModule,
  type SluiceOptions,
  type SluiceOptionsFactory,
} from '../../../src/adapters/nestjs/index.ts'
import { createApp, loadNest, PLATFORMS } from './versions.ts'
import { controllerAt, limiterWith, type Log, moduleOf, once, optionsWith, served, twice } from './playground.ts'

@Module({ providers: [{ provide: 'LIMIT', useValue: once }], exports: ['LIMIT'] })
class ConfigModule {}

@Injectable()
class OptionsFactory implements SluiceOptionsFactory {
  @Inject('LIMIT') private readonly limit!: string

  async createSluiceOptions(): Promise<SluiceOptions> {
    return optionsWith({ defaultLimits: [this.limit] })
  }
}

@Module({ imports: [ConfigModule], providers: [OptionsFactory], exports: [OptionsFactory] })
class FactoryModule {}

describe.each(PLATFORMS)('the module on %s', (platform) => {
  test.each([
    [
      'useFactory',
      SluiceModule.forRootAsync({
        imports: [ConfigModule],
        inject: ['LIMIT'],
        useFactory: async (limit: string) => optionsWith({ defaultLimits: [limit] }),
      }),
    ],
    ['useClass', SluiceModule.forRootAsync({ imports: [ConfigModule], useClass: OptionsFactory })],
    ['useExisting', SluiceModule.forRootAsync({ imports: [FactoryModule], useExisting: OptionsFactory })],
  ])('takes its options from %s', async (_name, sluice) => {
    const app = await served({ imports: [sluice], controllers: [controllerAt('a')] }, platform)
    await app.expect('/a', ['ok', once])
  })

  test('a limiter is injected by its class, or by its name', async () => {
    @Controller('a')
    class A {
      @InjectLimiter() private readonly same!: NestLimiter
      readonly #limiter: NestLimiter
      readonly #other: NestLimiter

      constructor(limiter: NestLimiter, @InjectLimiter('other') other: NestLimiter) {
        this.#limiter = limiter
        this.#other = other
      }

      @Get() tell(@Req() request: object) {
        const [limit] = this.#limiter.currentLimits(request)
        return `${limit?.limit.text} ${this.same === this.#limiter} ${this.#other.name}`
      }
    }
    const imports = [
      SluiceModule.forRoot(optionsWith({ defaultLimits: [twice] })),
      SluiceModule.forRoot(optionsWith({ name: 'other', keyPrefix: 'other' })),
    ]
    const app = await served({ imports, controllers: [A] }, platform)
    await app.expect('/a', '2 per 1 minute true other')
  })

  test('with guard: false only what SluiceGuard stands on is limited', async () => {
    @UseGuards(SluiceGuard)
    @Controller('a')
    class A {
      @Get() ok() {
        return 'ok'
      }
    }
    const sluice = SluiceModule.forRoot({ ...optionsWith({ defaultLimits: [once] }), guard: false })
    const app = await served({ imports: [sluice], controllers: [A, controllerAt('b')] }, platform)
    await app.expect('/a', ['ok', once])
    await app.expect('/b', ['ok', 'ok'])
  })

  test('with guard: false SluiceGuard can be put among the guards of the app where it is wanted', async () => {
    const asked: string[] = []
    const closed = { canActivate: () => asked.push('asked') === 0 }
    const sluice = SluiceModule.forRoot({ ...optionsWith({ defaultLimits: [once] }), guard: false })
    const providers = [
      { provide: 'APP_GUARD', useClass: SluiceGuard },
      { provide: 'APP_GUARD', useValue: closed },
    ]
    const app = await served({ imports: [sluice], providers, controllers: [controllerAt('a')] }, platform)
    await app.expect('/a', [403, once])
    expect(asked).toHaveLength(1)
  })

  test('a request that meets the guard several times is counted once', async () => {
    @UseGuards(SluiceGuard)
    @Controller('a')
    class A {
      @UseGuards(SluiceGuard) @Get() ok() {
        return 'ok'
      }
    }
    const log: Log = []
    const sluice = SluiceModule.forRoot(optionsWith({ defaultLimits: [twice] }, log))
    const app = await served({ imports: [sluice], controllers: [A] }, platform)
    await app.expect('/a', ['ok', 'ok', twice])
    expect(log).toEqual([])
  })

  test('decorators speak to the limiter that they name, a bare @SkipRateLimit to all', async () => {
    const imports = [
      SluiceModule.forRoot(optionsWith({ defaultLimits: [twice] })),
      SluiceModule.forRoot(optionsWith({ name: 'other', keyPrefix: 'other', defaultLimits: ['9 per minute'] })),
    ]
    const controllers = [
      controllerAt('a', RateLimit(once, { limiter: 'other' })),
      controllerAt('b', SkipRateLimit()),
      controllerAt('c', SkipRateLimit(undefined, { limiter: 'other' })),
    ]
    const app = await served({ imports, controllers }, platform)
    await app.expect('/a', ['ok', once])
    await app.expect('/b', ['ok', 'ok', 'ok'])
    await app.expect('/c', ['ok', 'ok', twice])
  })

  test('two apps of one module have counters of their own, unless they are given one limiter', async () => {
    const own = {
      imports: [SluiceModule.forRoot(optionsWith({ defaultLimits: [once] }))],
      controllers: [controllerAt('a')],
    }
    for (const app of [await served(own, platform), await served(own, platform)]) await app.expect('/a', ['ok', once])
    const limiter = limiterWith({ defaultLimits: [once] })
    const shared = { imports: [SluiceModule.forRoot({ limiter })], controllers: [controllerAt('a')] }
    await (await served(shared, platform)).expect('/a', 'ok')
    await (await served(shared, platform)).expect('/a', once)
  })

  test('a key can be made of the body', async () => {
    @Controller('login')
    class Login {
      @RateLimit(once, { key: (context) => context.switchToHttp().getRequest<{ body: { name: string } }>().body.name })
      @Post()
      login() {
        return 'ok'
      }
    }
    const app = await createApp(
      loadNest('current'),
      platform,
      moduleOf({ imports: [SluiceModule.forRoot(optionsWith())], controllers: [Login] }),
    )
    await app.listen(0, '127.0.0.1')
    const post = async (name: string) => {
      const headers = { 'Content-Type': 'application/json' }
      return (await fetch(`${await app.getUrl()}/login`, { method: 'POST', headers, body: JSON.stringify({ name }) }))
        .status
    }
    expect([await post('ann'), await post('bob'), await post('ann')]).toEqual([201, 201, 429])
    await app.close()
  })
})

const nest = loadNest('current')

test('a limiter that the module made is closed with the app, one that it was given is not', async () => {
  const given = limiterWith({ name: 'given', keyPrefix: 'given' })
  const imports = [SluiceModule.forRoot(optionsWith()), SluiceModule.forRoot({ limiter: given })]
  const app = await createApp(nest, 'Express', moduleOf({ imports }))
  const closed: string[] = []
  for (const limiter of [app.get(NestLimiter), given]) limiter.close = async () => void closed.push(limiter.name)
  await app.init()
  await app.close()
  expect(closed).toEqual([''])
})

test('a module without a key, or without a source of options, does not start', async () => {
  const without = moduleOf({ imports: [SluiceModule.forRoot({} as never)] })
  await expect(createApp(nest, 'Express', without)).rejects.toThrow(/key: remoteAddress/)
  expect(() => SluiceModule.forRootAsync({})).toThrow(/expected useFactory, useClass or useExisting/)
})

test('two limiters of one app have different names', async () => {
  const imports = [SluiceModule.forRoot(optionsWith({ name: 'a' })), SluiceModule.forRoot(optionsWith({ name: 'a' }))]
  await expect(createApp(nest, 'Express', moduleOf({ imports }))).rejects.toThrow(/two limiters .* same name/)
})

test('a factory whose limiter has another name than the module does not start', async () => {
  const imports = [SluiceModule.forRootAsync({ useFactory: () => optionsWith({ name: 'other' }) })]
  await expect(createApp(nest, 'Express', moduleOf({ imports }))).rejects.toThrow(/called "other"; say so/)
})

test('an application without a server has its limiter all the same', async () => {
  const sluice = SluiceModule.forRoot(optionsWith({ defaultLimits: [once] }))
  const context = await nest.core.NestFactory.createApplicationContext(moduleOf({ imports: [sluice] }), {
    logger: false,
  })
  expect(context.get(NestLimiter).name).toBe('')
  await context.close()
})
