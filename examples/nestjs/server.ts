import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { RateLimit, remoteAddress, SkipRateLimit, SluiceModule } from 'sluice/nestjs'

@Controller()
class AppController {
  @Get('slow')
  @RateLimit('1 per day')
  slow(): string {
    return '24'
  }

  @Get('fast')
  fast(): string {
    return '42'
  }

  @Get('ping')
  @SkipRateLimit()
  ping(): string {
    return 'PONG'
  }
}

@Module({
  imports: [
    SluiceModule.forRoot({
      key: remoteAddress,
      defaultLimits: ['2 per minute', '1 per second'],
      storage: 'memory://',
    }),
  ],
  controllers: [AppController],
})
class AppModule {}

const port = Number(process.env['PORT'] || 5000)
const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] })
await app.listen(port)
const url = (await app.getUrl()).replace('[::1]', 'localhost')
console.log(`The Nest example listens on ${url}. In another terminal, try

  curl -i ${url}/slow   # once a day: the second is refused
  curl -i ${url}/fast   # the default limits: one a second, two a minute
  curl -i ${url}/ping   # never limited

Ctrl-C ends it.`)
