import { createRequire } from 'node:module'
import type KoaRouter from '@koa/router'
import type express from 'express'
import type { fastify } from 'fastify'
import type Koa from 'koa'
import { VERSIONS as HONO_VERSIONS } from '../test/adapters/hono/versions.ts'
import { loadNest, PLATFORMS } from '../test/adapters/nestjs/versions.ts'
import type { ConformanceAdapter } from './adapter.ts'
import { expressAdapter } from './express-adapter.ts'
import { fastifyAdapter } from './fastify-adapter.ts'
import { fetchAdapter } from './fetch-adapter.ts'
import { honoAdapter } from './hono-adapter.ts'
import { httpAdapter } from './http-adapter.ts'
import { koaAdapter } from './koa-adapter.ts'
import { nestAdapter } from './nestjs-adapter.ts'

const require = createRequire(import.meta.url)

/** The frameworks that scenarios are played in. */
export const ADAPTERS: readonly ConformanceAdapter[] = [
  expressAdapter('express4', require('express4') as typeof express),
  expressAdapter('express5', require('express') as typeof express),
  fastifyAdapter('fastify4', require('fastify4') as typeof fastify),
  fastifyAdapter('fastify5', require('fastify') as typeof fastify),
  fetchAdapter,
  ...HONO_VERSIONS.map(honoAdapter),
  httpAdapter,
  koaAdapter('koa2', require('koa2') as typeof Koa, require('koa-router13') as typeof KoaRouter),
  koaAdapter('koa3', require('koa') as typeof Koa, (require('@koa/router') as { default: typeof KoaRouter }).default),
  ...PLATFORMS.map((platform) => nestAdapter(`nest12-${platform.toLowerCase()}`, loadNest('current'), platform)),
]
