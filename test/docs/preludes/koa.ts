import Router from '@koa/router'
import Koa from 'koa'
import { createLimiter, remoteAddress } from 'sluice/koa'

export { createLimiter, Koa, remoteAddress, Router }

export const app: Koa = new Koa()

export const limiter: ReturnType<typeof createLimiter> = createLimiter({ key: remoteAddress })

export const router: Router = new Router()
