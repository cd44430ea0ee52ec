import express, { Router } from 'express'
import { createLimiter, remoteAddress } from '../../src/adapters/express/index.ts'

// @ts-expect-error: options are needed
createLimiter()
// @ts-expect-error: a key is needed
createLimiter({ defaultLimits: ['5/minute'] })
// @ts-expect-error: there is no such option
createLimiter({ key: remoteAddress, defaultLimit: ['5/minute'] })
// @ts-expect-error: a key is text
createLimiter({ key: () => 5 })
// @ts-expect-error: a list
createLimiter({ key: remoteAddress, defaultLimits: '5/minute' })
// @ts-expect-error: there is no such strategy
createLimiter({ key: remoteAddress, strategy: 'leaky-bucket' })
// @ts-expect-error: there is no such set of headers
createLimiter({ key: remoteAddress, headers: 'legcy' })
// @ts-expect-error: there is no such form
createLimiter({ key: remoteAddress, onStorageError: 'ignore' })
// @ts-expect-error: there is no such warning
createLimiter({ key: remoteAddress, silence: ['WARN_NOTHING'] })
// @ts-expect-error: meta limits have no response to be charged by
createLimiter({ key: remoteAddress, metaLimits: [{ limit: '5/day', deductWhen: () => true }] })
// @ts-expect-error: defaults have nothing to override
createLimiter({ key: remoteAddress, defaultLimits: [{ limit: '5/day', overrideDefaults: false }] })
// @ts-expect-error: only Express's own request has these
createLimiter({ key: (request) => request.ctx.ip })

const limiter = createLimiter({ key: remoteAddress })

// @ts-expect-error: a notation is needed
limiter.limit()
// @ts-expect-error: a number is no notation
limiter.limit(5)
// @ts-expect-error: there is no such option
limiter.limit('5/minute', { keyFunc: remoteAddress })
// @ts-expect-error: methods are a list
limiter.limit('5/minute', { methods: 'GET' })
// @ts-expect-error: deductWhen answers at once
limiter.limit('5/minute', { deductWhen: async () => true })
// @ts-expect-error: a shared limit needs a scope
limiter.sharedLimit('5/minute')
// @ts-expect-error: there is no such scope
limiter.exempt({ defaults: true })
// @ts-expect-error: a group is a router or an app, never a path
limiter.group('/api', '5/minute')
// @ts-expect-error: a group needs limits
limiter.group(Router())
// @ts-expect-error: there is no such event
limiter.on('allowed', () => undefined)
// @ts-expect-error: a client is needed
void limiter.clear({ endpoint: 'GET /' })
// @ts-expect-error: what is decided is not to be changed
express().get('/', (request) => void (request.rateLimit!.allowed = true))
