import {
  type CallHandler,
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  Module,
  type NestInterceptor,
  Req,
  UseGuards,
} from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import type { Request, Response } from 'express'
import type { FastifyReply } from 'fastify'
import { expectTypeOf } from 'vitest'
import {
  createLimiter,
  type CurrentLimit,
  type Decision,
  InjectLimiter,
  type LimitDecorator,
  type LimitGuard,
  NestLimiter,
  type NestLimiterOptions,
  RateLimit,
  RateLimitExceeded,
  remoteAddress,
  SharedRateLimit,
  SkipRateLimit,
  SluiceGuard,
  SluiceModule,
  type SluiceOptions,
  type SluiceOptionsFactory,
} from '../../src/adapters/nestjs/index.ts'

const options = {
  key: (context) => context.switchToHttp().getRequest<Request>().ip,
  defaultLimits: [
    '200 per day',
    (context) => (context.getType() === 'ws' ? '' : '50 per hour'),
    { limit: '5/minute', cost: async (context) => context.getHandler().length },
  ],
  applicationLimits: [
    {
      limit: async () => '9/day',
      deductWhen: (response, context) => response.statusCode < 400 && context.getClass().name !== 'Cats',
    },
  ],
  metaLimits: ['5/day', { limit: '9/day', key: remoteAddress }],
  onBreach: (limit, context) => ({
    status: 403,
    body: { limit: limit.limit.text, handler: context.getHandler().name },
  }),
  requestIdentifier: (context) => context.getHandler().name,
  headers: ['legacy', 'standard'],
} satisfies NestLimiterOptions

const limiter = createLimiter(options)
expectTypeOf(limiter).toEqualTypeOf<NestLimiter>()

// The module.
expectTypeOf(SluiceModule.forRoot(options)).toEqualTypeOf<DynamicModule>()
SluiceModule.forRoot({ ...options, guard: false })
SluiceModule.forRoot({ ...options, name: 'second' })
SluiceModule.forRoot({ limiter, guard: false })
SluiceModule.forRootAsync({
  imports: [SluiceModule],
  inject: ['URL', { token: 'PREFIX', optional: true }],
  useFactory: async (storage: string, keyPrefix = '') => ({ key: remoteAddress, storage, keyPrefix }),
})
SluiceModule.forRootAsync({ name: 'second', useFactory: () => ({ limiter }) })

@Injectable()
class OptionsFactory implements SluiceOptionsFactory {
  createSluiceOptions(): SluiceOptions {
    return options
  }
}
SluiceModule.forRootAsync({ useClass: OptionsFactory })
SluiceModule.forRootAsync({ useExisting: OptionsFactory, guard: false })

// Decorators, on classes and on methods.
@RateLimit('100/minute', { overrideDefaults: false })
@UseGuards(SluiceGuard)
@Controller('cats')
class Cats {
  @InjectLimiter() readonly limiter!: NestLimiter

  constructor(own: NestLimiter, @InjectLimiter('second') second: NestLimiter) {
    own.group(Cats, '5/minute').exempt(Cats, { default: true })
    second.group(CatsModule, ['1/day', { limit: '5/minute', scope: (endpoint) => endpoint.toUpperCase() }])
  }

  @Get()
  @RateLimit('10/second', { cost: (context) => context.getArgs().length, methods: ['GET'], metaLimits: ['1/day'] })
  @RateLimit((context) => (context.getType() === 'http' ? '5/minute' : ''), { limiter: 'second' })
  @SharedRateLimit('9/day', { scope: 'cats', deductWhen: (response) => response.getHeader('X-Hit') === 'yes' })
  async list(@Req() request: Request): Promise<string> {
    expectTypeOf(request.rateLimit).toEqualTypeOf<Decision | undefined>()
    expectTypeOf(this.limiter.currentLimit(request)).toEqualTypeOf<CurrentLimit | undefined>()
    expectTypeOf(await this.limiter.check(request)).toExtend<Decision>()
    expectTypeOf((await this.limiter.explain(request)).endpoint).toEqualTypeOf<string | undefined>()
    return 'ok'
  }

  @Get('free')
  @SkipRateLimit()
  free(): void {}

  @Get('half')
  @SkipRateLimit({ default: true }, { limiter: 'second' })
  half(): void {}
}
expectTypeOf(RateLimit('5/minute')).toEqualTypeOf<LimitDecorator>()

@RateLimit('1000/hour')
@Module({ imports: [SluiceModule.forRoot(options)], controllers: [Cats] })
class CatsModule {}

// Guards.
const limit = limiter.limit('5/minute', { key: remoteAddress })
expectTypeOf(limit).toEqualTypeOf<LimitGuard>()
expectTypeOf(limit).toExtend<CanActivate>()
expectTypeOf<SluiceGuard>().toExtend<CanActivate>()
UseGuards(limit, SluiceGuard)
Module({ providers: [{ provide: APP_GUARD, useValue: limit }] })(CatsModule)

// In code that has a context.
class Telling implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    expectTypeOf(limiter.currentLimits(context)).toEqualTypeOf<readonly CurrentLimit[]>()
    return next.handle()
  }
}
void Telling
const limited = limit.wrap(async (to: string, times: number) => ({ to, times }))
expectTypeOf(limited).parameters.toEqualTypeOf<[string, number]>()
limiter.requestFilter(async (context) => context.getType() !== 'http')
limiter.on('refused', ({ request, decision }) => {
  expectTypeOf(request).toEqualTypeOf<ExecutionContext>()
  expectTypeOf(decision.retryAt).toEqualTypeOf<number | undefined>()
})

// Responses of both platforms can be asked.
const asked = (response: Parameters<NonNullable<NestLimiterOptions['defaultLimitsDeductWhen']>>[0]): number =>
  response.statusCode
void ((response: Response, reply: FastifyReply) => [asked(response), asked(reply)])

const failed = (error: unknown): string => {
  if (error instanceof RateLimitExceeded) expectTypeOf(error.retryAfter).toEqualTypeOf<number | undefined>()
  return error instanceof HttpException ? String(error.getStatus()) : ''
}
void failed

// What is wrong is found.
// @ts-expect-error: a key is needed
SluiceModule.forRoot({ defaultLimits: ['5/minute'] })
// @ts-expect-error: there is no such option
SluiceModule.forRoot({ key: remoteAddress, errors: 'next' })
// @ts-expect-error: there is no such option
RateLimit('5/minute', { costs: 2 })
// @ts-expect-error: a shared limit needs a scope
SharedRateLimit('5/minute')
// @ts-expect-error: there is no such scope
SkipRateLimit({ defaults: true })
// @ts-expect-error: a group is a class, never a path
limiter.group('/api', '5/minute')
