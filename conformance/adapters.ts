import { createRequire } from 'node:module'
import type express from 'express'
import type { fastify } from 'fastify'
import type { ConformanceAdapter } from './adapter.ts'
import { expressAdapter } from './express-adapter.ts'
import { fastifyAdapter } from './fastify-adapter.ts'
import { fetchAdapter } from './fetch-adapter.ts'
import { httpAdapter } from './http-adapter.ts'

const require = createRequire(import.meta.url)

/** The frameworks that scenarios are played in. */
export const ADAPTERS: readonly ConformanceAdapter[] = [
  expressAdapter('express4', require('express4') as typeof express),
  expressAdapter('express5', require('express') as typeof express),
  fastifyAdapter('fastify4', require('fastify4') as typeof fastify),
  fastifyAdapter('fastify5', require('fastify') as typeof fastify),
  fetchAdapter,
  httpAdapter,
]
