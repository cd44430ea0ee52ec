import { counting, ONE, options, SPENT, THREE } from '../limits.mjs'
import { usualApps } from '../usual-apps.mjs'

export const TITLE = 'NestJS on Express'

class HelloController {
  hello() {
    return 'Hello World'
  }
}

async function create({ imports = [], providers = [] } = {}) {
  await import('reflect-metadata')
  const { Controller, Get, Module } = await import('@nestjs/common')
  const { NestFactory } = await import('@nestjs/core')
  const hello = HelloController.prototype
  Get()(hello, 'hello', Object.getOwnPropertyDescriptor(hello, 'hello'))
  Controller()(HelloController)
  class AppModule {}
  Module({ imports, providers, controllers: [HelloController] })(AppModule)
  const app = await NestFactory.create(AppModule, { logger: ['error'] })
  await app.init()
  return app.getHttpServer()
}

async function sluice(limits, others) {
  await import('reflect-metadata')
  const { SluiceModule, remoteAddress } = await import('sluice/nestjs')
  return create({ imports: [SluiceModule.forRoot({ key: remoteAddress, ...options(limits, others) })] })
}

async function throttler(limits, setHeaders) {
  const { APP_GUARD } = await import('@nestjs/core')
  const { ThrottlerGuard, ThrottlerModule } = (await import('@nestjs/throttler')).default
  const throttlers = limits.map(({ amount, windowMs }, i) => ({ name: `limit${i}`, limit: amount, ttl: windowMs }))
  return create({
    imports: [ThrottlerModule.forRoot({ throttlers, setHeaders })],
    providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
  })
}

async function hook(limits, headers) {
  const { APP_GUARD } = await import('@nestjs/core')
  const { HttpException } = await import('@nestjs/common')
  const count = counting(limits)
  const canActivate = (context) => {
    const http = context.switchToHttp()
    const response = http.getResponse()
    const now = Date.now()
    const client = count(http.getRequest().socket.remoteAddress, now)
    if (headers !== undefined) headers((name, value) => response.setHeader(name, value), client, now)
    if (client.isRefused) throw new HttpException('Too Many Requests', 429)
    return true
  }
  return create({ providers: [{ provide: APP_GUARD, useValue: { canActivate } }] })
}

export const APPS = {
  ...usualApps({ create, hook, sluice }),
  'peer-1': { title: '@nestjs/throttler, one limit', create: () => throttler(ONE, false) },
  'peer-3': { title: '@nestjs/throttler, three limits, 9 headers', create: () => throttler(THREE, true) },
  'peer-refusing': { title: '@nestjs/throttler, refusing', refuses: true, create: () => throttler(SPENT, false) },
}
