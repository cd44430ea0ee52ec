import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { RateLimit, remoteAddress, SluiceModule } from 'sluice/nestjs'
import { ManualClock } from 'sluice/testing'
import { expectLimited } from './limited-app.mjs'

class AppController {
  slow() {
    return '24'
  }

  fast() {
    return '42'
  }
}

/** Decorators are no part of JavaScript yet. */
function decorate(name, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(AppController.prototype, name)
  for (const decorator of decorators) decorator(AppController.prototype, name, descriptor)
}
decorate('slow', Get('slow'), RateLimit('1 per minute'))
decorate('fast', Get('fast'))
Controller()(AppController)

for (const Adapter of [ExpressAdapter, FastifyAdapter]) {
  test(`Nest with its ${Adapter.name}: a limited handler answers 429 once its limit is spent`, async (t) => {
    const clock = new ManualClock()
    const sluice = SluiceModule.forRoot({ key: remoteAddress, headers: 'legacy', clock })
    class AppModule {}
    Module({ imports: [sluice], controllers: [AppController] })(AppModule)
    const app = await NestFactory.create(AppModule, new Adapter(), { logger: false })
    t.after(() => app.close())
    await app.listen(0, '127.0.0.1')
    const url = await app.getUrl()
    await expectLimited(url, clock)
  })
}

const APP = `
const { Controller, Get, Module } = require('@nestjs/common')
const { NestFactory } = require('@nestjs/core')
const { RateLimit, remoteAddress, SluiceModule } = require('sluice/nestjs')

class AppController {
  slow() { return '24' }
}
const descriptor = Object.getOwnPropertyDescriptor(AppController.prototype, 'slow')
for (const decorate of [Get('slow'), RateLimit('1 per day')]) decorate(AppController.prototype, 'slow', descriptor)
Controller()(AppController)
class AppModule {}
Module({ imports: [SluiceModule.forRoot({ key: remoteAddress })], controllers: [AppController] })(AppModule)

void (async () => {
  const app = await NestFactory.create(AppModule, { logger: false })
  await app.listen(0, '127.0.0.1')
  const url = await app.getUrl() + '/slow'
  const answers = [await fetch(url), await fetch(url)]
  console.log(answers.map(({ status }) => status).join(), await answers[1].text())
  await app.close()
})()
`

for (const name of ['nest10', 'nest11']) {
  const installed = new URL(`../adapters/nestjs/versions/${name}/node_modules/`, import.meta.url)
  const skip = existsSync(installed) ? false : `${name} is not installed; the adapter's own tests do that`
  test(`an app in CommonJS, with the Nest of ${name}`, { skip }, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-nest-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const root = new URL('../../', import.meta.url)
    for (const part of ['dist', 'package.json']) {
      cpSync(new URL(part, root), join(folder, 'node_modules/sluice', part), { recursive: true })
    }
    for (const each of ['@nestjs', 'reflect-metadata', 'rxjs']) {
      symlinkSync(new URL(each, installed), join(folder, 'node_modules', each))
    }
    writeFileSync(join(folder, 'app.cjs'), APP)
    const { stdout, stderr } = spawnSync(process.execPath, ['app.cjs'], { cwd: folder, encoding: 'utf8' })
    assert.equal(
      `${stderr.replace(/.*(ExperimentalWarning|--trace-warnings).*\n/g, '')}${stdout}`,
      '200,429 1 per 1 day\n',
    )
  })
}
