import { fastifyApp, fastifyRateLimit } from '../fastify-app.mjs'
import { counting, lowerCaseHeaders, ONE, options, SPENT } from '../limits.mjs'
import { usualApps } from '../usual-apps.mjs'

export const TITLE = 'Fastify'

async function sluice(limits, others) {
  const { createLimiter, remoteAddress } = await import('sluice/fastify')
  return fastifyApp((app) => {
    app.register(createLimiter({ key: remoteAddress, ...options(limits, others) }).plugin)
  })
}

function hook(limits, headers) {
  const count = counting(limits)
  return fastifyApp((app) => {
    app.addHook('onRequest', (request, reply, done) => {
      const now = Date.now()
      const client = count(request.ip, now)
      if (headers !== undefined) headers((name, value) => reply.header(name, value), client, now)
      if (client.isRefused) reply.code(429).send('Too Many Requests')
      else done()
    })
  })
}

export const APPS = {
  ...usualApps({ create: fastifyApp, hook, sluice }, lowerCaseHeaders),
  'peer-1': { title: '@fastify/rate-limit, one limit', create: () => fastifyRateLimit(ONE) },
  'peer-headers': {
    title: '@fastify/rate-limit, one limit, 3 headers',
    create: () => fastifyRateLimit(ONE, { withHeaders: true }),
  },
  'peer-refusing': {
    title: '@fastify/rate-limit, refusing',
    refuses: true,
    create: () => fastifyRateLimit(SPENT),
  },
}
