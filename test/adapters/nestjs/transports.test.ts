import { type ArgumentsHost, Catch, Controller, type ExceptionFilter, UseFilters } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { MessagePattern, Server } from '@nestjs/microservices'
import { WsAdapter } from '@nestjs/platform-ws'
import { SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets'
import { type EventEmitter, once as event } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { firstValueFrom } from 'rxjs'
import { expect, onTestFinished, test } from 'vitest'
import { RateLimit, RateLimitExceeded, SkipRateLimit, SluiceModule } from '../../../src/adapters/nestjs/index.ts'
import { limiterWith, type Log, moduleOf, once, twice } from './playground.ts'
import { createApp, loadNest } from './versions.ts'

/** A connection of `ws`, which brings no types. */
interface Connection extends EventEmitter {
  send(text: string): void
  terminate(): void
}

const require = createRequire(import.meta.url)
const { WebSocket } = require('ws') as { WebSocket: new (url: string) => Connection }

@Catch(WsException)
class WsFilter implements ExceptionFilter {
  catch(error: WsException, host: ArgumentsHost): void {
    const isOurs = error instanceof RateLimitExceeded
    host
      .switchToWs()
      .getClient<Connection>()
      .send(JSON.stringify({ event: 'refused', data: [error.message, isOurs] }))
  }
}

@UseFilters(new WsFilter())
@WebSocketGateway({ path: '/chat' })
class ChatGateway {
  @SubscribeMessage('say') say() {
    return { event: 'said', data: 'ok' }
  }

  @RateLimit(once)
  @SubscribeMessage('shout')
  shout() {
    return { event: 'said', data: 'OK' }
  }

  @SkipRateLimit()
  @SubscribeMessage('ping')
  ping() {
    return { event: 'said', data: 'pong' }
  }
}

/** Opens a connection, and answers how to send a message and await what comes back. */
async function connect(module: new () => object): Promise<(message: string) => Promise<unknown>> {
  const app = await createApp(loadNest('current'), 'Express', module)
  app.useWebSocketAdapter(new WsAdapter(app))
  await app.listen(0, '127.0.0.1')
  const { port } = (app.getHttpServer() as NetServer).address() as AddressInfo
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`)
  onTestFinished(async () => {
    socket.terminate()
    await app.close()
  })
  await event(socket, 'open')
  return async (message) => {
    socket.send(JSON.stringify({ event: message }))
    const [answer] = (await event(socket, 'message')) as [Buffer]
    return (JSON.parse(answer.toString()) as { data: unknown }).data
  }
}

test('messages of a WebSocket are limited by the address of its connection', async () => {
  const limiter = limiterWith({ defaultLimits: [twice] })
  const send = await connect(moduleOf({ imports: [SluiceModule.forRoot({ limiter })], providers: [ChatGateway] }))
  expect([await send('say'), await send('say'), await send('say')]).toEqual(['ok', 'ok', [twice, true]])
  expect([await send('shout'), await send('shout')]).toEqual(['OK', [once, true]])
  expect([await send('ping'), await send('ping'), await send('ping')]).toEqual(['pong', 'pong', 'pong'])
  await limiter.clear({ key: '127.0.0.1', endpoint: 'WS /chat say' })
  expect(await send('say')).toBe('ok')
})

test('messages of a WebSocket can be filtered out', async () => {
  const limiter = limiterWith({ defaultLimits: [once] })
  limiter.requestFilter((context) => context.getType() === 'ws')
  const send = await connect(moduleOf({ imports: [SluiceModule.forRoot({ limiter })], providers: [ChatGateway] }))
  expect([await send('say'), await send('say')]).toEqual(['ok', 'ok'])
})

/** A microservice without a network. */
class LocalServer extends Server {
  listen(callback: () => void): void {
    callback()
  }

  close(): void {}

  on(): void {}

  unwrap<T>(): T {
    return undefined as T
  }

  async call(pattern: unknown, data: unknown): Promise<unknown> {
    const handler = this.getHandlerByPattern(typeof pattern === 'string' ? pattern : JSON.stringify(pattern))!
    const answer: unknown = await handler(data, {})
    return firstValueFrom(this.transformToObservable(answer))
  }
}

test('messages of a microservice are limited by a key of their own; without an address the limit does not apply', async () => {
  @Controller()
  class Sums {
    @RateLimit(once, { key: (context) => context.switchToRpc().getData<{ user: string }>().user })
    @MessagePattern({ cmd: 'sum' })
    sum() {
      return 3
    }

    @MessagePattern('plain') plain() {
      return 'ok'
    }
  }
  const log: Log = []
  const limiter = limiterWith({ defaultLimits: [once] }, log)
  const strategy = new LocalServer()
  const refused: unknown[] = []
  limiter.on('refused', ({ limit }) => refused.push(limit.key))
  const module = moduleOf({ imports: [SluiceModule.forRoot({ limiter })], controllers: [Sums] })
  const app = await NestFactory.createMicroservice(module, { strategy, logger: false })
  onTestFinished(async () => app.close())
  await app.listen()
  const call = async (pattern: unknown, data: unknown): Promise<unknown> =>
    strategy.call(pattern, data).catch((error: unknown) => error)

  expect(await call({ cmd: 'sum' }, { user: 'ann' })).toBe(3)
  expect(await call({ cmd: 'sum' }, { user: 'bob' })).toBe(3)
  expect(await call({ cmd: 'sum' }, { user: 'ann' })).toEqual({ status: 'error', message: once })
  expect(refused).toHaveLength(1)
  expect([await call('plain', {}), await call('plain', {})]).toEqual(['ok', 'ok'])
  expect(log).toEqual(['warn WARN_KEY_UNDEFINED'])
})
