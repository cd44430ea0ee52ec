/** A server of Fastify. `prepare` is given the app before its route: there a hook or a plugin is registered. */
export async function fastifyApp(prepare = async () => undefined) {
  const { default: Fastify } = await import('fastify')
  const app = Fastify()
  await prepare(app)
  app.get('/', (_request, reply) => {
    reply.send('Hello World')
  })
  await app.ready()
  return app.server
}

/** The same with @fastify/rate-limit, which has one limit a route. */
export async function fastifyRateLimit([{ amount, windowMs }], { withHeaders = false, ...others } = {}) {
  const { default: rateLimit } = await import('@fastify/rate-limit')
  const names = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'retry-after']
  const bare = Object.fromEntries(names.map((name) => [name, false]))
  const headers = withHeaders ? {} : { addHeaders: bare, addHeadersOnExceeding: bare }
  return fastifyApp(async (app) => {
    await app.register(rateLimit, { max: amount, timeWindow: windowMs, ...headers, ...others })
  })
}
