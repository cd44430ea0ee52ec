import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Header,
  HttpException,
  type NestInterceptor,
  Req,
  Res,
  Sse,
  StreamableFile,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import { Readable } from 'node:stream'
import { delay, map, of, type Observable } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { isLimiterError, RateLimit, RateLimitExceeded, SluiceModule } from '../../../src/adapters/nestjs/index.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { headerOf } from '../../../src/testing/adapter-contract/stage.ts'
import type { AnyRequest, AnyResponse } from './harness.ts'
import { controllerAt, limiterWith, once, optionsWith, served, twice } from './playground.ts'
import { PLATFORMS } from './versions.ts'

type Sendable = AnyResponse & { send(body: unknown): unknown }

const LEFT = 'X-RateLimit-Remaining'

/** Answers what it catches by its status and its usual body. */
function filter(...caught: (new (...args: never[]) => Error)[]): ExceptionFilter {
  class TestFilter implements ExceptionFilter {
    catch(error: HttpException, host: ArgumentsHost): void {
      const response = host.switchToHttp().getResponse<Sendable>()
      response.status(error.getStatus())
      response.send({ caught: error.getResponse() })
    }
  }
  Catch(...caught)(TestFilter)
  return new TestFilter()
}

describe.each(PLATFORMS)('answers on %s', (platform) => {
  const sluice = (): ReturnType<typeof SluiceModule.forRoot> =>
    SluiceModule.forRoot(optionsWith({ defaultLimits: [twice], headers: 'legacy' }))

  test('headers are on every kind of answer', async () => {
    class Shout implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler<string>): Observable<string> {
        return next.handle().pipe(map((text) => text.toUpperCase()))
      }
    }
    @Controller()
    class Answers {
      @Get('passthrough') passthrough(@Res({ passthrough: true }) response: AnyResponse) {
        response.header('X-Own', 'yes')
        return 'ok'
      }

      @Get('res') res(@Res() response: Sendable) {
        response.status(202)
        response.send('ok')
      }

      @Get('file') @Header('Content-Type', 'text/plain') file() {
        return new StreamableFile(Readable.from(['o', 'k']))
      }

      @Sse('sse') sse() {
        return of({ data: 'one' }, { data: 'two' })
      }

      @UseInterceptors(new Shout()) @Get('intercepted') intercepted() {
        return of('ok').pipe(delay(0))
      }

      @Get('json') json() {
        return { ok: true }
      }
    }
    const app = await served({ imports: [sluice()], controllers: [Answers] }, platform)
    for (const [path, status, body] of [
      ['/passthrough', 200, 'ok'],
      ['/res', 202, 'ok'],
      ['/file', 200, 'ok'],
      ['/sse', 200, 'data: one'],
      ['/intercepted', 200, 'OK'],
      ['/json', 200, '{"ok":true}'],
    ] as const) {
      const answer = await app.send(path)
      expect([path, answer.status, headerOf(answer, LEFT)]).toEqual([path, status, '1'])
      expect(answer.body).toContain(body)
    }
  })

  test('a stream of events is charged late when its head is sent', async () => {
    const limiter = limiterWith({ headers: 'legacy', storage: new MoodyStorage('later') })
    @Controller()
    class Events {
      @RateLimit(twice, { deductWhen: (response) => response.statusCode === 200 })
      @Sse('sse')
      sse() {
        return of({ data: 'one' })
      }
    }
    const app = await served({ imports: [SluiceModule.forRoot({ limiter })], controllers: [Events] }, platform)
    expect(headerOf(await app.send('/sse'), LEFT)).toBe('1')
    expect(await app.send('/sse')).toMatchObject({ status: 200 })
    expect(await app.send('/sse')).toMatchObject({ status: 429, body: twice })
  })

  test.each([
    ['HttpException', [HttpException]],
    ['RateLimitExceeded', [RateLimitExceeded]],
    ['everything', []],
  ] as const)('a filter that catches %s answers refusals, with our headers', async (_name, caught) => {
    for (const place of ['app', 'handler'] as const) {
      const controller = place === 'app' ? controllerAt('a') : controllerAt('a', UseFilters(filter(...caught)))
      const app = await served({ imports: [sluice()], controllers: [controller] }, platform, (made) => {
        if (place === 'app') made.useGlobalFilters(filter(...caught))
      })
      await app.expect('/a', ['ok', 'ok'])
      const refused = await app.send('/a')
      expect([refused.status, headerOf(refused, 'Retry-After'), headerOf(refused, LEFT)]).toEqual([429, '60', '0'])
      expect(JSON.parse(refused.body)).toEqual({
        caught: { statusCode: 429, message: twice, error: 'Too Many Requests' },
      })
    }
  })

  test('a filter that hands a refusal on to Nest gets our answer', async () => {
    const seen: unknown[] = []
    class Watching extends BaseExceptionFilter {
      override catch(error: unknown, host: ArgumentsHost): void {
        seen.push(error)
        super.catch(error, host)
      }
    }
    const app = await served({ imports: [sluice()], controllers: [controllerAt('a')] }, platform, (made) =>
      made.useGlobalFilters(new Watching(made.getHttpAdapter())),
    )
    await app.expect('/a', ['ok', 'ok', twice])
    expect(seen).toHaveLength(1)
    const [error] = seen
    expect([error instanceof HttpException, error instanceof RateLimitExceeded, isLimiterError(error)]).toEqual([
      true,
      true,
      true,
    ])
    expect(error).toMatchObject({ code: 'ERR_RATE_LIMITED', description: twice, retryAfter: 60, message: twice })
  })

  test('a refusal by check() is answered like that of the guard, and its status is that of onBreach', async () => {
    const limiter = limiterWith()
    const block = limiter.limit(once)
    const other = limiter.limit(once, { scope: 'other', onBreach: () => ({ status: 403, body: 'go away' }) })
    @Controller()
    class Checks {
      @Get('a') async a(@Req() request: AnyRequest) {
        await block.check(request)
        return 'ok'
      }

      @Get('b') b(@Req() request: AnyRequest) {
        void other.check(request)
        return 'ok'
      }

      @Get('c') c(@Req() request: AnyRequest) {
        try {
          void block.check(request)
        } catch (error) {
          return String((error as HttpException).getStatus())
        }
        return 'ok'
      }
    }
    const app = await served({ imports: [SluiceModule.forRoot({ limiter })], controllers: [Checks] }, platform)
    await app.expect('/a', ['ok', once])
    await app.expect('/b', ['ok', 403])
    await app.expect('/c', ['ok', '429'])
  })

  test('an unmatched request that is refused goes to filters, too', async () => {
    const imports = [SluiceModule.forRoot(optionsWith({ unmatchedLimits: [once] }))]
    const app = await served({ imports }, platform, (made) => made.useGlobalFilters(filter(RateLimitExceeded)))
    await app.expect('/none', 404)
    expect(JSON.parse((await app.send('/none')).body)).toMatchObject({ caught: { statusCode: 429 } })
  })

  test('a guard that refuses after ours has spent the limits, one before has not', async () => {
    const closed = { canActivate: () => false }
    const guarded = { provide: 'APP_GUARD', useValue: closed }
    const before = await served(
      { imports: [sluice()], providers: [guarded], controllers: [controllerAt('a')] },
      platform,
    )
    await before.expect('/a', [403, 403, 403])
    const after = await served({ imports: [sluice()], controllers: [controllerAt('a')] }, platform, (made) =>
      made.useGlobalGuards(closed),
    )
    await after.expect('/a', [403, 403, 429])
  })

  test('wrap() counts in services, and requests at once do not mix up', async () => {
    const limiter = limiterWith({
      key: (context) => context.switchToHttp().getRequest<AnyRequest>().headers['x-user'] as string,
    })
    const count = limiter.limit(once).wrap(() => 'ok')
    @Controller('a')
    class A {
      @Get() async a() {
        await new Promise(setImmediate)
        return count()
      }
    }
    const app = await served({ imports: [SluiceModule.forRoot({ limiter })], controllers: [A] }, platform)
    const as = async (user: string): Promise<string> => (await app.send('/a', { headers: { 'X-User': user } })).body
    expect(await Promise.all(['ann', 'bob', 'eve'].map(as))).toEqual(['ok', 'ok', 'ok'])
    expect(await Promise.all(['ann', 'bob', 'eve'].map(as))).toEqual([once, once, once])
  })
})
